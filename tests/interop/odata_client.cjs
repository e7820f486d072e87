// @odata/client on a running hub: plain requests, and batches as multipart and as JSON.
const assert = require("node:assert/strict");
const { OData } = require("@odata/client");

const [url, token] = process.argv.slice(2);
const client = OData.New4({
  serviceEndpoint: `${url}/OData/`,
  commonHeaders: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
});
const accounts = client.getEntitySet("Accounts");
const names = async () => (await accounts.query()).map((each) => each.Name).sort();
const one = async (name) => (await accounts.find({ Name: name }))[0];
const bodies = (responses) => Promise.all(responses.map((each) => each.json()));

const steps = {
  async read() {
    const directions = client.getEntitySet("Directions");
    assert.equal((await directions.query()).length, 2);
    assert.equal((await directions.retrieve("Inbound")).Name, "Inbound");
  },
  async filter() {
    const integrations = client.getEntitySet("Integrations");
    const wanted = OData.newFilter().field("Name").ne("nothing").field("BatchSize").gt(0);
    const found = await integrations.query(wanted);
    assert.ok(found.length > 0);
    assert.equal(await integrations.count(wanted), found.length);
  },
  async create() {
    for (const Name of ["One", "Two", "Three"]) {
      const made = await accounts.create({ Name });
      assert.equal(made.AccountStateId, "Active");
    }
    await assert.rejects(accounts.create({ Name: "" }), /Name must have between 1 and 128 characters/);
  },
  async page() {
    const sorted = () => OData.newOptions().orderby([{ field: "Name", order: "desc" }]).select(["Name"]);
    const first = await accounts.query(sorted().top(2));
    const rest = await accounts.query(sorted().skip(2));
    assert.equal(first.length, 2);
    assert.deepEqual([...first, ...rest].map((each) => each.Name), (await names()).reverse());
  },
  async expand() {
    const options = OData.newOptions().expand(["System", "ClientIntegrations"]);
    const found = await client.getEntitySet("Integrations").query(options);
    assert.ok(found.every((each) => each.System.Id === each.SystemId));
    assert.ok(found.some((each) => each.ClientIntegrations.length > 0));
  },
  async patch() {
    const { Id } = await one("One");
    await accounts.update(Id, { Name: "Won" });
    assert.equal((await accounts.retrieve(Id)).Name, "Won");
  },
  async batch() {
    const { Id } = await one("Two");
    const requests = () => [
      client.newBatchRequest({ collection: "Accounts", method: "GET", params: OData.newOptions().top(1) }),
      client.newBatchRequest({ collection: "Accounts", id: Id, method: "PATCH", entity: { Name: "Too" } }),
      client.newBatchRequest({ collection: "Accounts", method: "POST", entity: { Name: "" } }),
      client.newBatchRequest({ collection: "Accounts", id: Id, method: "GET" }),
    ];
    for (const send of ["execBatchRequests", "execBatchRequestsJson"]) {
      const responses = await client[send](requests());
      assert.deepEqual(responses.map((each) => each.status), [200, 200, 400, 200], send);
      const [page, changed, refused, read] = await bodies(responses);
      assert.equal(page.value.length, 1);
      assert.deepEqual([changed.Name, read.Name], ["Too", "Too"]);
      assert.equal(refused.error.target, "Name");
    }
  },
  async delete() {
    const mine = ["Won", "Too", "Three"];
    for (const { Id, Name } of await accounts.query()) {
      if (mine.includes(Name)) await accounts.delete(Id);
    }
    assert.ok((await names()).every((name) => !mine.includes(name)));
  },
};

require("./steps.cjs")(steps);
