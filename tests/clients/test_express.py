"""EXPRESS machines, and the host prefix that clients put before their two synchronous calls."""
import socket
from unittest import mock

from botocore.exceptions import EndpointConnectionError

from support import aws
from support.case import FAIL, PASS, ClientCase, Seen, arn, machine_of

_ALWAYS = ("executionArn", "stateMachineArn", "name", "startDate", "stopDate", "status", "input",
           "inputDetails", "outputDetails", "billingDetails")


class StartSyncExecution(ClientCase):
    def setUp(self):
        self.express = self.machine(type="EXPRESS")

    def run_sync(self, machine=None, **members):
        return self.client.start_sync_execution(stateMachineArn=machine or self.express, **members)

    def test_answers_at_the_end(self):
        found = self.run_sync(name="e", input='{"a": 1}')
        self.has_members(found, *_ALWAYS, "output")
        self.assertRegex(found["executionArn"], ":express:" + self.express.split(":")[-1] + ":e:")
        self.assertEqual((found["status"], found["name"], found["input"], found["output"]),
                         ("SUCCEEDED", "e", '{"a": 1}', '{"a": 1}'))
        self.assertEqual(found["billingDetails"], {"billedMemoryUsedInMB": 64,
                                                   "billedDurationInMilliseconds": 100})

    def test_failure_is_an_answer(self):
        found = self.run_sync(self.machine(FAIL, type="EXPRESS"))
        self.has_members(found, *_ALWAYS, "error", "cause")
        self.assertEqual((found["status"], found["error"], found["cause"]), ("FAILED", "E", "C"))
        self.assertEqual(found["outputDetails"], {"included": True})

    def test_time_out_is_an_answer(self):
        machine = self.machine(machine_of(("W", {"Type": "Wait", "Seconds": 60}), TimeoutSeconds=1),
                               type="EXPRESS")
        with self.living():  # an EXPRESS execution ends with its engine and begins anew: for ever
            found = self.run_sync(machine)
        self.assertEqual(found["status"], "TIMED_OUT")
        self.assertGreaterEqual(found["billingDetails"]["billedDurationInMilliseconds"], 1000)

    def test_metadata_only(self):
        found = self.run_sync(includedData="METADATA_ONLY")
        self.assertFalse({"input", "output"} & set(found))
        self.assertEqual(found["outputDetails"], {"included": False})

    def test_names_may_repeat(self):
        arns = {self.run_sync(name="same")["executionArn"] for _ in range(2)}
        self.assertEqual(len(arns), 2)

    def test_errors(self):
        run_sync = self.careless.start_sync_execution
        self.fails("StateMachineTypeNotSupported", run_sync,
                   "This operation is not supported by this type of state machine",
                   stateMachineArn=self.machine())
        self.fails("StateMachineDoesNotExist", run_sync,
                   stateMachineArn=arn("stateMachine", "none"))
        self.fails("InvalidArn", run_sync, stateMachineArn="x")
        for text in ("x", ""):
            self.fails("InvalidExecutionInput", run_sync, stateMachineArn=self.express, input=text)
        self.fails("InvalidName", run_sync, "Invalid Name: 'a b'", stateMachineArn=self.express,
                   name="a b")

    def prefixed(self, **config):
        """A client as it is out of the box: it sends this call to sync-HOST."""
        url = f"http://localhost:{self.engine.port}"
        client = aws.client(url, inject_host_prefix=True, **config)
        client.meta.events.register("after-call.sfn", Seen.note)
        return client

    def test_under_the_prefix_where_the_name_resolves(self):
        asked, resolve = [], socket.getaddrinfo

        def with_alias(host, *rest, **more):  # what a line in /etc/hosts does
            asked.append(host)
            return resolve("127.0.0.1" if host == "sync-localhost" else host, *rest, **more)
        with mock.patch("socket.getaddrinfo", with_alias):
            found = self.prefixed().start_sync_execution(stateMachineArn=self.express)
        self.assertEqual(found["status"], "SUCCEEDED")
        self.assertIn("sync-localhost", asked)

    def test_under_the_prefix_through_the_engine_as_a_proxy(self):
        client = self.prefixed(proxies={"http": self.engine.url})
        found = client.start_sync_execution(stateMachineArn=self.express)
        self.assertEqual(found["status"], "SUCCEEDED")
        found = client.test_state(definition='{"Type":"Pass","End":true}')
        self.assertEqual(found["status"], "SUCCEEDED")

    def test_the_prefix_does_not_resolve_by_itself(self):
        # docs/aws-api.md tells what to do. Should this fail one day, the advice is out of date.
        client = self.prefixed(retries={"max_attempts": 1})
        with self.assertRaises(EndpointConnectionError):
            client.start_sync_execution(stateMachineArn=self.express)


class Express(ClientCase):
    def test_executions_are_started_anew_each_time(self):
        machine = self.machine(type="EXPRESS")
        started = [self.client.start_execution(stateMachineArn=machine, name="same")
                   for _ in range(2)]
        self.assertNotEqual(started[0]["executionArn"], started[1]["executionArn"])
        self.assertRegex(started[0]["executionArn"], ":express:.*:same:")

    def test_what_it_does_not_support_is_refused(self):
        begin = "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: "
        for resource, message in (
                (arn("activity", "a"),
                 "Express state machine does not support Activity ARN at /States/T/Resource'"),
                ("arn:aws:states:::states:startExecution.sync",
                 "Express state machine does not support '.sync' service integration at "
                 "/States/T/Resource'"),
                ("arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                 "Express state machine does not support '.waitForTaskToken' service integration "
                 " at /States/T/Resource'")):
            task = {"Type": "Task", "Resource": resource}
            if "activity" not in resource:
                task["Parameters"] = {"StateMachineArn": "a", "QueueUrl": "u", "MessageBody": "b"}
            error = self.fails("InvalidDefinition", self.client.create_state_machine,
                               name=self.name("machine"), roleArn=aws.ROLE, type="EXPRESS",
                               definition=machine_of(("T", task)))
            self.assertTrue(error["Error"]["Message"].startswith(begin))
            self.assertIn(message.rstrip("'"), error["Error"]["Message"])

    def test_it_keeps_no_history(self):
        started = self.client.start_execution(
            stateMachineArn=self.machine(PASS, type="EXPRESS"))["executionArn"]
        for call in (self.client.describe_execution, self.client.get_execution_history,
                     self.client.stop_execution):
            self.fails("InvalidArn", call,
                       "Invalid Arn: 'Resource type not valid in this context: express'",
                       executionArn=started)
