// The SAP Cloud SDK's client, generated from $metadata into ./generated/financekey, on a running hub.
const assert = require("node:assert/strict");
const { and, desc } = require("@sap-cloud-sdk/odata-v4");
const { batch, changeset, financekey } = require("./generated/financekey");

const [url, token] = process.argv.slice(2);
const hub = {
  url,
  authentication: "NoAuthentication",
  headers: { authorization: `Bearer ${token}` },
};
const { accountsApi, directionsApi, integrationQueuesApi, integrationsApi } = financekey();
const accounts = accountsApi.requestBuilder();

const done = (request) => request.execute(hub);
const draft = (name) => accountsApi.entityBuilder().name(name).build();
const names = async () => (await done(accounts.getAll())).map((each) => each.name).sort();

const steps = {
  async read() {
    const directions = await done(directionsApi.requestBuilder().getAll());
    assert.deepEqual(directions.map((each) => each.id).sort(), ["Inbound", "Outbound"]);
    const one = await done(directionsApi.requestBuilder().getByKey("Inbound"));
    assert.equal(one.name, "Inbound");
  },
  async filter() {
    const { schema } = integrationsApi;
    const wanted = and(schema.NAME.notEquals("it's"), schema.DIRECTION_ID.equals("Outbound"));
    const request = integrationsApi.requestBuilder().getAll().filter(wanted);
    assert.ok((await done(request.count())) > 0);
    const found = await done(request.select(schema.NAME, schema.BATCH_SIZE));
    assert.ok(found.length > 0 && found.every((each) => each.name && each.batchSize > 0));
    const states = integrationQueuesApi.schema.INTEGRATION_QUEUE_STATE_ID;
    const items = integrationQueuesApi.requestBuilder().getAll().filter(states.equals("Nowhere"));
    assert.deepEqual(await done(items), []);
  },
  async create() {
    for (const name of ["One", "Two", "Three"]) {
      const made = await done(accounts.create(draft(name)));
      assert.equal(made.name, name);
      assert.equal(made.accountStateId, "Active");
      assert.ok(made.id > 0 && made.createdOn.isValid());
    }
  },
  async page() {
    const inOrder = () => accounts.getAll().orderBy(desc(accountsApi.schema.NAME));
    const first = await done(inOrder().top(2));
    const rest = await done(inOrder().skip(2));
    const seen = [...first, ...rest].map((each) => each.name);
    assert.equal(first.length, 2);
    assert.deepEqual(seen, (await names()).reverse());
  },
  async expand() {
    const { schema } = integrationsApi;
    const used = schema.CLIENT_INTEGRATIONS.select(schema.CLIENT_INTEGRATIONS._linkedEntityApi.schema.ENABLED);
    const request = integrationsApi.requestBuilder().getAll().expand(schema.SYSTEM, used);
    const found = await done(request);
    assert.ok(found.every((each) => each.system.id === each.systemId && each.system.baseUrl));
    assert.ok(found.some((each) => each.clientIntegrations.some((one) => one.enabled)));
  },
  async patch() {
    const [one] = await done(accounts.getAll().filter(accountsApi.schema.NAME.equals("One")));
    const stale = await done(accounts.getByKey(one.id));
    one.name = "Won";
    const changed = await done(accounts.update(one));
    assert.equal(changed.name, "Won");
    stale.name = "Late";
    await assert.rejects(done(accounts.update(stale)), (error) => error.rootCause.response.status === 412);
    assert.equal((await done(accounts.getByKey(one.id))).name, "Won");
  },
  async batch() {
    const [two] = await done(accounts.getAll().filter(accountsApi.schema.NAME.equals("Two")));
    two.name = "Too";
    const responses = await done(
      batch(
        accounts.getAll().filter(accountsApi.schema.NAME.equals("Won")),
        changeset(accounts.create(draft("Four")), accounts.update(two)),
        changeset(accounts.create(draft("Five")), accounts.create(draft(""))),
        accounts.getByKey(two.id),
      ),
    );
    assert.deepEqual(responses.map((each) => each.isSuccess()), [true, true, false, true]);
    assert.equal(responses[0].as(accountsApi)[0].name, "Won");
    assert.equal(responses[1].responses[0].as(accountsApi).name, "Four");
    assert.equal(responses[2].httpCode, 400);
    assert.equal(responses[2].body.error.target, "Name");
    assert.equal(responses[3].as(accountsApi)[0].name, "Too");
    assert.ok(!(await names()).includes("Five"));
  },
  async delete() {
    const mine = ["Won", "Too", "Three", "Four"];
    for (const each of await done(accounts.getAll())) {
      if (mine.includes(each.name)) await done(accounts.delete(each));
    }
    assert.ok((await names()).every((name) => !mine.includes(name)));
  },
};

require("./steps.cjs")(steps);
