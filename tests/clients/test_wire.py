"""What clients see of the wire: headers, types, errors before any operation, draining, throttling."""
import http.client
import json
import uuid

from botocore.exceptions import ClientError

from support import aws
from support.case import PASS, WAIT, ClientCase, Seen
from support.engine import Engine

_JSON = "application/x-amz-json-1.0"


class Wire(ClientCase):
    def send(self, operation, body="{}", method="POST", **headers):
        """Status, headers and JSON body of a request without any SDK."""
        connection = http.client.HTTPConnection("127.0.0.1", self.engine.port, timeout=30)
        try:
            connection.request(method, "/", body if isinstance(body, bytes) else body.encode(),
                               {"X-Amz-Target": "AWSStepFunctions." + operation,
                                "Content-Type": _JSON,
                                **{name.replace("_", "-"): text for name, text in headers.items()}})
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, dict(answer.getheaders()), json.loads(text) if text else None
        finally:
            connection.close()

    def sent(self, *request, **headers):
        """The same where the engine may be killed meanwhile: sent until it is answered by an engine
        that serves. One that is still reading its store answers 503."""
        def attempt():
            try:
                answer = self.send(*request, **headers)
            except (OSError, http.client.HTTPException):
                if not self.is_killed:
                    raise
                return None
            return None if self.is_killed and answer[0] == 503 else answer
        return self.until(attempt, lambda answer: answer is not None)

    def test_headers_of_answers_and_errors(self):
        for operation, body, status in (("ListStateMachines", "{}", 200),
                                        ("DescribeStateMachine", "{}", 400)):
            found, headers, _ = self.sent(operation, body)
            self.assertEqual(found, status)
            headers = {name.lower(): value for name, value in headers.items()}
            self.assertEqual(headers["content-type"], _JSON)
            uuid.UUID(headers["x-amzn-requestid"])
            self.assertIn("date", headers)
            self.assertNotIn("transfer-encoding", headers)

    def test_boto3_knows_the_request_id(self):
        metadata = self.client.list_state_machines(maxResults=1)["ResponseMetadata"]
        self.assertEqual(metadata["RequestId"], metadata["HTTPHeaders"]["x-amzn-requestid"])

    def test_times_are_seconds_with_milliseconds(self):
        self.machine()
        _, _, body = self.sent("ListStateMachines")
        date = body["stateMachines"][0]["creationDate"]
        self.assertIsInstance(date, float)
        self.assertEqual(date, round(date, 3))

    def test_nothing_is_null(self):
        execution = self.run_through(PASS)["executionArn"]

        def check(value):
            self.assertIsNotNone(value)
            for one in value.values() if isinstance(value, dict) else (
                    value if isinstance(value, list) else ()):
                check(one)
        for operation, body in (("DescribeExecution", {"executionArn": execution}),
                                ("GetExecutionHistory", {"executionArn": execution}),
                                ("ListStateMachines", {})):
            check(self.sent(operation, json.dumps(body))[2])

    def test_requests_may_be_empty_have_nulls_and_more(self):
        for body in ("", "{}", '{"maxResults":null}', '{"unknown":{"a":[1]}}', ' {"maxResults":1.0} '):
            self.assertEqual(self.sent("ListStateMachines", body)[0], 200, body)

    def test_bodies_of_the_wrong_form(self):
        for body in ("{", "[]", "null", '"x"', "{}x", '{"maxResults":"1"}', '{"maxResults":1.5}',
                     '{"maxResults":99999999999}', '{"nextToken":1}', '{"nextToken":{}}', b"\xff"):
            status, _, answer = self.sent("ListStateMachines", body)
            self.assertEqual((status, answer["__type"]),
                             (400, "com.amazon.coral.service#SerializationException"), body)

    def test_unknown_operations(self):
        for operation in ("Nope", "", "createStateMachine"):
            status, _, answer = self.sent(operation)
            self.assertEqual((status, answer["__type"]),
                             (400, "com.amazon.coral.service#UnknownOperationException"))

    def test_namespaces_of_errors(self):
        for operation, body, origin in (
                ("DescribeStateMachine", "{}", "com.amazon.coral.validate#ValidationException"),
                ("DescribeStateMachine", '{"stateMachineArn":"x"}',
                 "com.amazonaws.swf.service.v2.model#InvalidArn")):
            self.assertEqual(self.sent(operation, body)[2]["__type"], origin)

    def test_parameters_behind_the_content_type(self):
        self.assertEqual(self.sent("ListStateMachines", Content_Type=_JSON + "; charset=utf-8")[0],
                         200)

    def test_compressed_bodies_are_refused(self):
        status, _, answer = self.sent("ListStateMachines", Content_Encoding="gzip")
        self.assertEqual((status, answer["__type"].split("#")[1]), (400, "SerializationException"))

    def test_members_with_the_name_of_an_error_are_raised_as_its_class(self):
        for raised in (self.client.exceptions.StateMachineDoesNotExist, ClientError):
            with self.assertRaises(raised):
                self.client.describe_state_machine(
                    stateMachineArn=f"arn:aws:states:{aws.REGION}:{aws.ACCOUNT}:stateMachine:none")


class OneEngine(ClientCase):
    """With an engine of its own, which is stopped or overloaded."""

    def own(self, *flags):
        engine = Engine(*flags)
        self.addCleanup(engine.close)
        return engine

    def test_polls_end_when_the_engine_drains(self):
        engine = self.own("--drain=10s")
        client = aws.client(engine.url)
        activity = client.create_activity(name="a")["activityArn"]
        polling = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=30)
        self.addCleanup(polling.close)
        polling.request("POST", "/", json.dumps({"activityArn": activity}),
                        {"X-Amz-Target": "AWSStepFunctions.GetActivityTask"})
        # The engine reads its connections in turn: it has seen the poll when it has answered these.
        for _ in range(3):
            client.describe_activity(activityArn=activity)
        engine.terminate()
        # An empty answer: no task. The client asks again, and finds the next engine.
        answer = polling.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, b"{}"))
        self.assertEqual(engine.wait(), 0)

    def test_throttled_requests_are_tried_again(self):
        engine = self.own("--max-resident-executions=1")
        client = aws.client(engine.url)
        client.meta.events.register("after-call.sfn", Seen.note)
        machine = client.create_state_machine(name="m", roleArn=aws.ROLE, definition=WAIT)
        machine = machine["stateMachineArn"]
        first = client.start_execution(stateMachineArn=machine)["executionArn"]
        impatient = aws.client(engine.url, retries={"max_attempts": 1, "mode": "standard"})
        self.fails("ThrottlingException", impatient.start_execution, stateMachineArn=machine)

        def stop(**_):  # after the second start was throttled
            client.stop_execution(executionArn=first)
        client.meta.events.register_first("needs-retry.sfn.StartExecution", stop)
        second = client.start_execution(stateMachineArn=machine)
        self.assertGreater(second["ResponseMetadata"]["RetryAttempts"], 0)

    def test_an_assignment_that_was_lost_is_made_again_after_the_heartbeat(self):
        engine = self.own()
        client = aws.client(engine.url)
        activity = client.create_activity(name="a")["activityArn"]
        machine = client.create_state_machine(
            name="m", roleArn=aws.ROLE, definition=json.dumps({"StartAt": "T", "States": {
                "T": {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 1, "End": True,
                      "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}]}}}))
        execution = client.start_execution(stateMachineArn=machine["stateMachineArn"])
        lost = client.get_activity_task(activityArn=activity)["taskToken"]
        engine.kill()  # as if before the answer arrived
        engine.start()
        again = client.get_activity_task(activityArn=activity)["taskToken"]
        self.assertNotEqual(lost, again)
        client.send_task_success(taskToken=again, output="{}")
        self.until(lambda: client.describe_execution(executionArn=execution["executionArn"]),
                   lambda found: found["status"] == "SUCCEEDED")

    def test_a_restart_loses_nothing(self):
        engine = self.own("--reconnect-grace=100ms")
        client = aws.client(engine.url)
        activity = client.create_activity(name="a")["activityArn"]
        machine = client.create_state_machine(
            name="m", roleArn=aws.ROLE, definition=json.dumps({"StartAt": "T", "States": {
                "T": {"Type": "Task", "Resource": activity, "End": True}}}))["stateMachineArn"]
        execution = client.start_execution(stateMachineArn=machine, input='{"x":1}')["executionArn"]
        token = client.get_activity_task(activityArn=activity)["taskToken"]
        engine.kill()
        engine.start()
        # The token of before the crash is still good.
        client.send_task_success(taskToken=token, output="{}")
        found = self.until(lambda: client.describe_execution(executionArn=execution),
                           lambda found: found["status"] != "RUNNING")
        self.assertEqual((found["status"], found["input"]), ("SUCCEEDED", '{"x":1}'))
