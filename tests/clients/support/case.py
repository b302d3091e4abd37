"""What the tests of the suite share: the engine, clients for it, and words for what they ask.

One engine serves all tests; each test makes resources with names of its own. The engine may be
killed at any moment (`run --kill`): then a client does not know whether a request that it sends
again was done already. `start` and `answer` say what that means for the two operations that AWS
does not make idempotent.
"""
import contextlib
import itertools
import json
import time
import unittest

from botocore.exceptions import ClientError, HTTPClientError

from support import aws

PASS = '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}'
FAIL = '{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"C"}}}'
WAIT = '{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":600,"End":true}}}'
INVALID_TOKEN = "Invalid Token: 'Invalid token'"

_numbers = itertools.count(1)
_PAUSE_SECONDS = 0.01


def arn(kind, name):
    """An ARN of the engine's account: arn("stateMachine", "m")."""
    return f"arn:aws:states:{aws.REGION}:{aws.ACCOUNT}:{kind}:{name}"


def constraint(member, rule, value=None):
    """The message of a value that the API model does not allow."""
    shown = "" if value is None else f" '{value}'"
    return (f"1 validation error detected: Value{shown} at '{member}' failed to satisfy "
            f"constraint: Member must {rule}")


def machine_of(*states, **top):
    """A definition of (name, state) pairs, in which each state leads to the next one."""
    out = {}
    for (name, state), following in itertools.zip_longest(states, states[1:]):
        out[name] = dict(state)
        if state["Type"] not in ("Fail", "Succeed", "Choice") and "Next" not in state:
            out[name].update({"Next": following[0]} if following else {"End": True})
    return json.dumps({"StartAt": states[0][0], "States": out, **top})


class Seen:
    """The operations that were answered well, and the errors that others were answered."""
    good = set()
    errors = {}

    @classmethod
    def note(cls, http_response, parsed, model, **_):
        """A handler of botocore's event "after-call"."""
        if http_response.status_code < 300:
            cls.good.add(model.name)
        else:
            cls.errors.setdefault(model.name, set()).add(parsed["Error"]["Code"])


class ClientCase(unittest.TestCase):
    """`engine` and `killer` are set by `run` before any test."""
    engine = None
    killer = None
    maxDiff = None
    _clients = {}

    @property
    def is_killed(self):
        return self.killer is not None

    def living(self):
        """A context in which the engine is not killed, for what cannot outlive it."""
        return self.killer.lives if self.is_killed else contextlib.nullcontext()

    @property
    def client(self):
        """A client as everybody has it, but for the read time-out and the host prefix."""
        return self.client_with()

    @property
    def careless(self):
        """A client that sends what the API model forbids."""
        return self.client_with(parameter_validation=False)

    def client_with(self, **config):
        key = (self.engine.url, json.dumps(config, sort_keys=True))
        if key not in self._clients:
            self._clients[key] = aws.client(self.engine.url, **config)
            self._clients[key].meta.events.register("after-call.sfn", Seen.note)
        return self._clients[key]

    def name(self, stem="n"):
        """A name that nobody else has."""
        return f"{stem}-{next(_numbers)}"

    def machine(self, definition=PASS, **more):
        """Creates a machine; its ARN."""
        more.setdefault("name", self.name("machine"))
        return self.client.create_state_machine(
            definition=definition, roleArn=aws.ROLE, **more)["stateMachineArn"]

    def start(self, machine, input_value=None, name=None):
        """Starts an execution with a name of its own; its ARN.

        StartExecution is idempotent only while the execution runs. A start that is sent again after
        a crash may find its own execution closed: ExecutionAlreadyExists says that it was started.
        """
        name = name or self.name("execution")
        text = "{}" if input_value is None else json.dumps(input_value)
        try:
            return self.client.start_execution(
                stateMachineArn=machine, name=name, input=text)["executionArn"]
        except ClientError as error:
            if not self.is_killed or error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            return arn("execution", machine.split(":")[6] + ":" + name)

    def answer(self, operation, **members):
        """SendTaskSuccess or SendTaskFailure.

        The second answer to a task is an error at AWS, even if it is the first one sent again after
        a crash: TaskTimedOut says that it has counted, or that the task is over.
        """
        try:
            getattr(self.client, operation)(**members)
        except ClientError as error:
            if not self.is_killed or error.response["Error"]["Code"] != "TaskTimedOut":
                raise

    def task(self, activity, worker="worker", patience_seconds=20):
        """Waits for a task of the activity.

        Here as at AWS a task is assigned on the record, before the poll is answered. An engine that is
        killed in between has assigned it to nobody, until the task's HeartbeatSeconds or
        TimeoutSeconds have passed (test_wire: an assignment that was lost): then the test is skipped.
        """
        begin = time.monotonic()
        while True:
            try:
                task = self.client.get_activity_task(activityArn=activity, workerName=worker)
                if task.get("taskToken"):
                    return task
            except HTTPClientError:
                if not self.is_killed:
                    raise
            if self.is_killed and time.monotonic() - begin > patience_seconds:
                self.skipTest("the engine was killed between an assignment and its answer")

    def until(self, ask, is_enough, seconds=60):
        """What `ask` returns as soon as `is_enough` of it holds."""
        deadline = time.monotonic() + seconds
        while True:
            found = ask()
            if is_enough(found):
                return found
            if time.monotonic() > deadline:
                self.fail(f"not within {seconds} seconds: {found}")
            time.sleep(_PAUSE_SECONDS)  # the API has nothing to wait on

    def ended(self, execution, status=None):
        """DescribeExecution of an execution that has ended, with `status` if that is given."""
        found = self.until(lambda: self.client.describe_execution(executionArn=execution),
                           lambda execution: execution["status"] != "RUNNING")
        if status is not None:
            self.assertEqual(found["status"], status, found)
        return found

    def run_through(self, definition, input_value=None, **more):
        """Creates a machine and runs it to its end; what DescribeExecution tells then."""
        return self.ended(self.start(self.machine(definition, **more), input_value))

    def events(self, execution, **more):
        return self.client.get_execution_history(executionArn=execution, **more)["events"]

    def types(self, execution):
        return [event["type"] for event in self.events(execution)]

    def fails(self, code, call, message=None, **members):
        """Asserts that the call is answered with that error; the error's response."""
        with self.assertRaises(ClientError) as raised:
            call(**members)
        error = raised.exception.response["Error"]
        self.assertEqual(error["Code"], code, error)
        if message is not None:
            self.assertEqual(error["Message"], message)
        self.assertEqual(raised.exception.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        return raised.exception.response

    def has_members(self, found, *names):
        """Asserts which members an answer or an item of it has, no more and no less."""
        self.assertEqual(sorted(set(found) - {"ResponseMetadata"}), sorted(names))
