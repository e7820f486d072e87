"""Whether what stands on a page can be read: the contrast of words and of signs with what lies beneath them.

WCAG 2.2: 4.5 to 1 for words, 3 to 1 for large ones and for signs. What is disabled is exempt.
"""

from playwright.sync_api import Page

# Colours are read from a canvas: styles may have them in any notation, and in layers.
_PALE = r"""() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const paint = canvas.getContext("2d", { willReadFrequently: true });
    const known = new Map();
    const read = (colour) => {
        if (!known.has(colour)) {
            paint.clearRect(0, 0, 1, 1);
            paint.fillStyle = colour;
            paint.fillRect(0, 0, 1, 1);
            const [red, green, blue, alpha] = paint.getImageData(0, 0, 1, 1).data;
            known.set(colour, [red, green, blue, alpha / 255]);
        }
        return known.get(colour);
    };
    const upward = (element) => (element ? [element, ...upward(element.parentElement)] : []);
    const over = (upper, lower) => [0, 1, 2].map((n) => upper[n] * upper[3] + lower[n] * (1 - upper[3]));
    const ground = (element) =>
        upward(element)
            .map((each) => read(getComputedStyle(each).backgroundColor))
            .reduceRight((lower, upper) => over(upper, lower), [255, 255, 255]);
    const linear = (part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const shares = [0.2126, 0.7152, 0.0722];
    const light = (rgb) => shares.reduce((sum, share, n) => sum + share * linear(rgb[n]), 0);
    const pale = new Set();
    const judge = (element, colour, said) => {
        const style = getComputedStyle(element);
        const seen = upward(element).reduce((all, each) => all * Number(getComputedStyle(each).opacity), 1);
        if (seen < 0.05 || element.closest(":disabled, .sr-only")) return;
        const beneath = ground(element);
        const ink = read(colour);
        const shades = [light(over([...ink.slice(0, 3), ink[3] * seen], beneath)), light(beneath)];
        const contrast = (Math.max(...shades) + 0.05) / (Math.min(...shades) + 0.05);
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const isSign = element.classList.contains("material-symbols-outlined");
        const isPale = contrast < (isLarge || isSign ? 3 : 4.5);
        if (isPale) pale.add(`${contrast.toFixed(2)}: ${said.trim().slice(0, 40)}`);
    };
    const isSeen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const element = words.currentNode.parentElement;
        const isHidden = element.closest("script, style, template, option, textarea");
        if (isHidden || !words.currentNode.data.trim()) continue;
        if (isSeen(element)) judge(element, getComputedStyle(element).color, words.currentNode.data);
    }
    for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]"))
        if (isSeen(field)) judge(field, getComputedStyle(field, "::placeholder").color, field.placeholder);
    return [...pale];
}"""


def pale_words(page: Page) -> list[str]:
    """Each with its contrast."""
    found: list[str] = page.evaluate(_PALE)
    return found
