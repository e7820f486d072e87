// odata2ts's client, generated from $metadata into ./generated/odata2ts, on a running hub. It knows no batches.
const assert = require("node:assert/strict");
const { FetchClient } = require("@odata2ts/http-client-fetch");
const { financekeyService } = require("./generated/odata2ts/financekeyService.js");

const [url, token] = process.argv.slice(2);
const client = new FetchClient({ headers: { Authorization: `Bearer ${token}` } });
const hub = new financekeyService(client, `${url}/OData`);
const names = async () => (await hub.Accounts().query()).data.value.map((each) => each.Name).sort();
const find = async (name) => {
  const { data } = await hub.Accounts().query((query, account) => query.filter(account.Name.eq(name)));
  return data.value[0];
};

const steps = {
  async read() {
    assert.equal((await hub.Directions().query()).data.value.length, 2);
    assert.equal((await hub.Directions("Inbound").query()).data.Name, "Inbound");
  },
  async filter() {
    const { data } = await hub.Integrations().query((query, { Name, BatchSize }) =>
      query.filter(Name.ne("nothing").and(BatchSize.gt(0))).select("Id", "Name").count(),
    );
    assert.ok(data["@odata.count"] > 0);
    assert.equal(data.value.length, data["@odata.count"]);
  },
  async create() {
    for (const Name of ["One", "Two", "Three"]) {
      const { status, data } = await hub.Accounts().create({ Name });
      assert.deepEqual([status, data.AccountStateId], [201, "Active"]);
    }
    await assert.rejects(hub.Accounts().create({ Name: "" }), /Name must have between 1 and 128 characters/);
  },
  async page() {
    const sorted = (query, account) => query.orderBy(account.Name.desc());
    const first = await hub.Accounts().query((query, account) => sorted(query, account).top(2));
    const rest = await hub.Accounts().query((query, account) => sorted(query, account).skip(2));
    const seen = [...first.data.value, ...rest.data.value].map((each) => each.Name);
    assert.equal(first.data.value.length, 2);
    assert.deepEqual(seen, (await names()).reverse());
  },
  async expand() {
    const { data } = await hub.Integrations().query((query) =>
      query.expand("ClientIntegrations").expanding("System", (system) => system.select("Id", "Name")),
    );
    assert.ok(data.value.every((each) => each.System.Id === each.SystemId));
    assert.ok(data.value.some((each) => each.ClientIntegrations.length > 0));
  },
  async patch() {
    const { Id } = await find("One");
    await hub.Accounts(Id).patch({ Name: "Won" });
    assert.equal((await hub.Accounts(Id).query()).data.Name, "Won");
  },
  async act() {
    const { data } = await hub.IntegrationQueues().query((query) => query.top(1));
    const [{ Id }] = data.value;
    assert.equal((await hub.IntegrationQueues(Id).Hold()).data.IntegrationQueueStateId, "OnHold");
    assert.equal((await hub.IntegrationQueues(Id).Release()).data.IntegrationQueueStateId, "Pending");
  },
  async delete() {
    for (const name of ["Won", "Two", "Three"]) {
      await hub.Accounts((await find(name)).Id).delete();
      assert.ok(!(await names()).includes(name));
    }
  },
};

require("./steps.cjs")(steps);
