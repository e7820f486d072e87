"use strict";
// Live regions, copying, and whatever a page says while one edits. No inline script: the policy forbids it.

(() => {
    const TOKEN = /name="csrfmiddlewaretoken" value="[^"]*"/g;
    const shown = new Map();

    // <section id="…" data-live="SECONDS">: read again and replaced when it differs, without a reload.
    function replace(fresh) {
        const old = document.getElementById(fresh.id);
        const html = fresh.innerHTML.replace(TOKEN, "");
        if (!old || shown.get(fresh.id) === html || old.contains(document.activeElement)) return;
        shown.set(fresh.id, html);
        const open = new Set([...old.querySelectorAll("details[open][id]")].map((each) => each.id));
        const known = new Set([...old.querySelectorAll("details[id]")].map((each) => each.id));
        for (const each of fresh.querySelectorAll("details[id]"))
            if (known.has(each.id)) each.open = open.has(each.id);
        old.replaceWith(fresh);
    }

    async function refresh() {
        const answer = await fetch(location.href, { headers: { "X-Requested-With": "XMLHttpRequest" } });
        if (!answer.ok || answer.redirected) return false;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const places = [...document.querySelectorAll("[data-live], [data-live-beside]")].map((each) => each.id);
        for (const id of places) {
            const fresh = page.getElementById(id);
            if (fresh) replace(document.importNode(fresh, true));
        }
        return true;
    }

    async function keepFresh() {
        const live = document.querySelector("[data-live]");
        if (!live) return;
        await new Promise((resolve) => setTimeout(resolve, 1000 * Number(live.dataset.live)));
        try {
            if (!document.hidden) await refresh();
        } catch {
            // The server may be restarting: the next round tries again.
        }
        keepFresh();
    }

    // <button data-copy="ID">: the text of that element goes to the clipboard.
    async function copy(button) {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        const title = button.textContent;
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = title), 1500);
    }

    // <form data-confirm="QUESTION">: asked before it is sent.
    function ask(event) {
        const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
        if (question && !window.confirm(question)) event.preventDefault();
    }

    // <section data-trials="FORM">: [data-try="ADDRESS"] sends the form as it stands, and shows the answer.
    async function send(panel, address) {
        const form = document.getElementById(panel.dataset.trials);
        const data = new FormData(form);
        for (const input of panel.querySelectorAll("[name]")) data.set(input.name, input.value);
        const answer = await fetch(address, { method: "POST", body: data });
        if (answer.ok) return answer.text();
        return '<div class="hub-notice hub-notice-bad" role="alert">The hub does not answer as it should.</div>';
    }

    async function attempt(button) {
        const panel = button.closest("[data-trials]");
        const place = panel.querySelector("[data-result]");
        button.disabled = true;
        place.setAttribute("aria-busy", "true");
        try {
            place.innerHTML = await send(panel, button.dataset.try);
        } finally {
            button.disabled = false;
            place.removeAttribute("aria-busy");
        }
    }

    // A field that is checked while one types: what is wrong, and where, stands beneath it.
    function checkWhileTyping(marker) {
        const field = document.getElementById(marker.dataset.checkField);
        if (!field) return;
        const panel = marker.closest("[data-trials]");
        const place = document.createElement("div");
        place.className = "hub-check";
        place.setAttribute("role", "status");
        field.after(place);
        let waiting;
        field.addEventListener("input", () => {
            clearTimeout(waiting);
            waiting = setTimeout(async () => {
                const text = field.value;
                const html = await send(panel, marker.dataset.check);
                if (field.value === text) place.innerHTML = html;
            }, 500);
        });
    }

    // Fields of an integration that exclude each other say so, and why, while one edits.
    function watchRules() {
        const input = (name) => document.getElementById(`id_${name}`);
        const isOn = (name) => Boolean(input(name)?.checked);
        const isOutbound = () => input("direction")?.value === "Outbound";
        const rules = {
            include_update: () =>
                !isOutbound() ? "Outbound only." : !isOn("active") && !isOn("include_update") ? "Needs an active integration." : "",
            continuous: () =>
                !isOutbound()
                    ? "Outbound only."
                    : !isOn("include_update")
                      ? "Needs Include update."
                      : !isOn("active") && !isOn("continuous")
                        ? "Needs an active integration."
                        : "",
            strict_order: () => (isOn("parallel") ? "Not together with Parallel." : ""),
            managed: () => (input("owner")?.value ? "For the hub's own only: this one has an owner." : ""),
        };
        const apply = () => {
            for (const [name, reasonOf] of Object.entries(rules)) {
                const field = input(name);
                if (!field) continue;
                const reason = reasonOf();
                // What was chosen comes back when nothing excludes it any more.
                if (reason && !field.disabled) field.dataset.chosen = field.checked ? "yes" : "";
                if (!reason && field.disabled) field.checked = Boolean(field.dataset.chosen);
                if (reason) field.checked = false;
                field.disabled = Boolean(reason);
                let note = document.getElementById(`rule-${name}`);
                if (!note) {
                    note = document.createElement("span");
                    note.id = `rule-${name}`;
                    note.className = "hub-rule";
                    (field.closest("label") ?? field).after(note);
                    field.setAttribute("aria-describedby", note.id);
                }
                note.textContent = reason;
            }
        };
        const form = document.getElementById("integration_form");
        form?.addEventListener("change", apply);
        window.django?.jQuery?.(form).on("change", apply);
        apply();
    }

    // An element with data-reload="ADDRESS": what is loaded anew is that page, and nothing is sent a second time.
    function turnReloadAway() {
        const place = document.querySelector("[data-reload]");
        if (place) history.replaceState(null, "", place.dataset.reload);
    }

    // Names are written in either direction: a cell and a field take that of their own words.
    function turn() {
        const places = "#result_list :is(td, tbody th), form :is(input[type=text], textarea)";
        for (const place of document.querySelectorAll(places)) place.dir ||= "auto";
    }

    // The theme would write a file's name into a field that only its own widget has.
    function keepFiles() {
        for (const input of document.querySelectorAll("input.hub-input[type=file]")) input.hasChangeListener = true;
    }

    // The theme's buttons without an address are for the mouse alone.
    function reachByKeyboard() {
        for (const button of document.querySelectorAll("#main a:not([href])")) {
            if (!button.hasAttribute("x-on:click")) continue;
            button.tabIndex = 0;
            button.setAttribute("role", "button");
            button.addEventListener("keydown", (event) => event.key === "Enter" && button.click());
        }
    }

    function prepare() {
        turnReloadAway();
        turn();
        keepFiles();
        reachByKeyboard();
        keepFresh();
        document.querySelectorAll("[data-check]").forEach(checkWhileTyping);
        if (document.querySelector('[data-rules="integration"]')) watchRules();
    }

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-try]");
        if (button) attempt(button);
    });
    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-copy]");
        if (button) copy(button);
    });
    document.addEventListener("submit", ask);
    document.addEventListener("DOMContentLoaded", prepare);
})();
