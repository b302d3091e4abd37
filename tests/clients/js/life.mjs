// The JavaScript SDK against an engine at PAWL_URL: the life of a machine, errors as classes,
// paginators, an activity worker, and synchronous executions with and without the host prefix.
import assert from "node:assert/strict";
import dns from "node:dns";
import http from "node:http";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import * as sfn from "@aws-sdk/client-sfn";

const url = process.env.PAWL_URL;
const roleArn = "arn:aws:iam::000000000000:role/pawl";
const pass = JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });

function clientWith(config = {}) {
  return new sfn.SFNClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    disableHostPrefix: true,
    maxAttempts: 10,
    ...config,
  });
}

const client = clientWith();
const send = (Command, input) => client.send(new Command(input));
let number = 0;
const name = () => `js-${++number}`;

async function machine(definition = pass, more = {}) {
  const created = await send(sfn.CreateStateMachineCommand, { name: name(), definition, roleArn, ...more });
  return created.stateMachineArn;
}

// The API has nothing to wait on.
async function ended(executionArn) {
  for (;;) {
    const found = await send(sfn.DescribeExecutionCommand, { executionArn });
    if (found.status !== "RUNNING") return found;
    await pause(10);
  }
}

test("life of a machine", async () => {
  const stateMachineArn = await machine();
  const { executionArn } = await send(sfn.StartExecutionCommand, { stateMachineArn, name: "e", input: '{"ü":1}' });
  const found = await ended(executionArn);
  assert.equal(found.status, "SUCCEEDED");
  assert.equal(found.output, '{"ü":1}');
  assert.ok(found.startDate instanceof Date && found.stopDate >= found.startDate);
  assert.equal(found.error, undefined);
  const updated = await send(sfn.UpdateStateMachineCommand, {
    stateMachineArn, definition: pass + " ", publish: true, versionDescription: "second",
  });
  assert.equal(updated.stateMachineVersionArn, `${stateMachineArn}:1`);
  await send(sfn.DeleteStateMachineCommand, { stateMachineArn });
});

test("errors are of their classes", async () => {
  const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:none";
  await assert.rejects(send(sfn.DescribeStateMachineCommand, { stateMachineArn: arn }), (error) => {
    assert.ok(error instanceof sfn.StateMachineDoesNotExist);
    assert.equal(error.message, `State Machine Does Not Exist: '${arn}'`);
    assert.equal(error.$fault, "client");
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
  await assert.rejects(send(sfn.CreateStateMachineCommand, { name: "a b", definition: pass, roleArn }), sfn.InvalidName);
  await assert.rejects(send(sfn.SendTaskSuccessCommand, { taskToken: "x", output: "{}" }), sfn.InvalidToken);
  await assert.rejects(send(sfn.CreateStateMachineCommand, { name: name(), definition: "{}", roleArn }), sfn.InvalidDefinition);
});

test("paginators", async () => {
  const stateMachineArn = await machine();
  for (let i = 0; i < 5; ++i) {
    await send(sfn.StartExecutionCommand, { stateMachineArn, name: `e${i}` });
  }
  const sizes = [];
  for await (const page of sfn.paginateListExecutions({ client, pageSize: 2 }, { stateMachineArn })) {
    sizes.push(page.executions.length);
  }
  assert.deepEqual(sizes, [2, 2, 1]);
  const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:e0`;
  await ended(executionArn);
  const types = [];
  for await (const page of sfn.paginateGetExecutionHistory({ client, pageSize: 3 }, { executionArn })) {
    types.push(...page.events.map((event) => event.type));
  }
  assert.deepEqual(types, ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]);
});

test("an activity worker", async () => {
  const { activityArn } = await send(sfn.CreateActivityCommand, { name: name() });
  const stateMachineArn = await machine(JSON.stringify({
    StartAt: "T",
    States: { T: { Type: "Task", Resource: activityArn, Retry: [{ ErrorEquals: ["Again"], IntervalSeconds: 1, MaxAttempts: 1 }], End: true } },
  }));
  const { executionArn } = await send(sfn.StartExecutionCommand, { stateMachineArn, input: "[1,2]" });
  const first = await send(sfn.GetActivityTaskCommand, { activityArn, workerName: "js" });
  await send(sfn.SendTaskFailureCommand, { taskToken: first.taskToken, error: "Again" });
  const second = await send(sfn.GetActivityTaskCommand, { activityArn, workerName: "js" });
  await send(sfn.SendTaskHeartbeatCommand, { taskToken: second.taskToken });
  const sum = JSON.parse(second.input).reduce((a, b) => a + b);
  await send(sfn.SendTaskSuccessCommand, { taskToken: second.taskToken, output: String(sum) });
  assert.equal((await ended(executionArn)).output, "3");
  await assert.rejects(send(sfn.SendTaskSuccessCommand, { taskToken: second.taskToken, output: "4" }), sfn.TaskTimedOut);
});

test("synchronous executions", async () => {
  const stateMachineArn = await machine(pass, { type: "EXPRESS" });
  const found = await send(sfn.StartSyncExecutionCommand, { stateMachineArn });
  assert.equal(found.status, "SUCCEEDED");
  // Under the prefix, where sync-localhost resolves: here by a look-up of our own.
  const lookup = (host, options, done) => dns.lookup(host === "sync-localhost" ? "127.0.0.1" : host, options, done);
  const prefixed = clientWith({
    endpoint: url.replace("127.0.0.1", "localhost"),
    disableHostPrefix: false,
    requestHandler: { httpAgent: new http.Agent({ lookup }) },
  });
  assert.equal((await prefixed.send(new sfn.StartSyncExecutionCommand({ stateMachineArn }))).status, "SUCCEEDED");
  prefixed.destroy();
});
