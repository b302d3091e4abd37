"""Executions: starting, describing, stopping, listing."""
import datetime
import json

from support.case import FAIL, PASS, WAIT, ClientCase, arn, constraint, machine_of

_INPUT = "Invalid State Machine Execution Input: '"


class StartExecution(ClientCase):
    def refused(self, code, message=None, **members):
        members.setdefault("stateMachineArn", self.machine())
        self.fails(code, self.careless.start_execution, message, **members)

    def test_answers_arn_and_date(self):
        name = self.name("machine")
        started = self.client.start_execution(stateMachineArn=self.machine(WAIT, name=name),
                                              name="e")
        self.has_members(started, "executionArn", "startDate")
        self.assertEqual(started["executionArn"], arn("execution", name + ":e"))
        self.assertIsInstance(started["startDate"], datetime.datetime)
        self.client.stop_execution(executionArn=started["executionArn"])

    def test_names_are_made_up_and_input_is_an_empty_object(self):
        started = self.client.start_execution(stateMachineArn=self.machine())
        found = self.ended(started["executionArn"], "SUCCEEDED")
        self.assertRegex(found["name"], "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual((found["input"], found["output"]), ("{}", "{}"))

    def test_is_idempotent_while_it_runs(self):
        members = {"stateMachineArn": self.machine(WAIT), "name": "e", "input": '{"a": 1}'}
        first = self.client.start_execution(**members)
        again = self.client.start_execution(**members)
        self.assertEqual((first["executionArn"], first["startDate"]),
                         (again["executionArn"], again["startDate"]))
        message = f"Execution Already Exists: '{first['executionArn']}'"
        self.refused("ExecutionAlreadyExists", message, **{**members, "input": '{"a":1}'})
        self.client.stop_execution(executionArn=first["executionArn"])
        self.refused("ExecutionAlreadyExists", message, **members)

    def test_inputs_are_any_json_and_kept_as_they_are(self):
        machine = self.machine()
        for text in ("2", '"text"', "null", "true", "[ ]", ' {"b":1, "a":1.00}\n', '{"a":"\\u0000"}',
                     '"日本語 😀"', "1e400", '{"a":1,"a":2}'):
            name = self.name("execution")
            if self.is_killed:
                execution = arn("execution", machine.split(":")[6] + ":" + name)
                try:
                    self.client.start_execution(stateMachineArn=machine, name=name, input=text)
                except self.client.exceptions.ExecutionAlreadyExists:
                    pass  # its own, sent again
            else:
                execution = self.client.start_execution(
                    stateMachineArn=machine, name=name, input=text)["executionArn"]
            self.assertEqual(self.ended(execution, "SUCCEEDED")["input"], text)

    def test_inputs_must_be_json(self):
        for text, message in (
                ("not", "Unrecognized token 'not': was expecting (JSON String, Number, Array, "
                        "Object or token 'null', 'true' or 'false')'"),
                ("{'a':1}", "Unexpected character (''' (code 39)): was expecting double-quote to "
                            "start field name'"),
                ("", "Invalid execution input.'")):
            self.refused("InvalidExecutionInput", _INPUT + message, input=text)

    def test_inputs_are_limited_in_bytes(self):
        machine = self.machine()
        too_long = constraint("input", "have length less than or equal to 262144")
        for filler, count in (("x", 262142), ("é", 131071)):
            text = json.dumps(filler * count, ensure_ascii=False)
            self.assertEqual(len(text.encode()), 262144)
            self.client.start_execution(stateMachineArn=machine, input=text)
            self.refused("ValidationException", too_long, input=text + " ")

    def test_names(self):
        machine = self.machine()
        for good in ("a" * 80, "a.b-c_d", "ü", "日本語", "1"):
            self.start(machine, name=good)
        for bad in ("a b", "a:b", "a/b", "a#", "a\n", "<a>"):
            self.refused("InvalidName", f"Invalid Name: '{bad}'", name=bad)
        self.refused("ValidationException", constraint(
            "name", "have length less than or equal to 80", "a" * 81), name="a" * 81)

    def test_errors(self):
        none = arn("stateMachine", "none")
        self.refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{none}'",
                     stateMachineArn=none)
        self.refused("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: x'", stateMachineArn="x")
        self.refused("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: activity'",
                     stateMachineArn=arn("activity", "a"))
        self.refused("ValidationException", stateMachineArn=arn("stateMachine", "m/Label"))


class DescribeExecution(ClientCase):
    _always = ("executionArn", "stateMachineArn", "name", "status", "startDate", "input",
               "inputDetails", "redriveCount", "redriveStatus")

    def test_running(self):
        execution = self.start(self.machine(WAIT))
        found = self.client.describe_execution(executionArn=execution)
        self.has_members(found, *self._always, "redriveStatusReason")
        self.assertEqual((found["redriveCount"], found["redriveStatus"],
                          found["redriveStatusReason"]),
                         (0, "NOT_REDRIVABLE", "Execution is RUNNING and cannot be redriven"))
        self.assertEqual(found["inputDetails"], {"included": True})
        self.client.stop_execution(executionArn=execution)

    def test_succeeded(self):
        found = self.run_through(PASS, {"a": 1})
        self.has_members(found, *self._always, "redriveStatusReason", "stopDate", "output",
                         "outputDetails")
        self.assertEqual((found["status"], json.loads(found["output"])), ("SUCCEEDED", {"a": 1}))
        self.assertGreaterEqual(found["stopDate"], found["startDate"])

    def test_failed(self):
        found = self.run_through(FAIL)
        self.has_members(found, *self._always, "stopDate", "error", "cause")
        self.assertEqual((found["status"], found["error"], found["cause"], found["redriveStatus"]),
                         ("FAILED", "E", "C", "REDRIVABLE"))

    def test_failed_without_a_reason(self):
        found = self.run_through(machine_of(("F", {"Type": "Fail"})))
        self.has_members(found, *self._always, "stopDate")

    def test_timed_out_has_neither_error_nor_cause(self):
        found = self.run_through(machine_of(("W", {"Type": "Wait", "Seconds": 60}),
                                            TimeoutSeconds=1))
        self.has_members(found, *self._always, "stopDate")
        self.assertEqual(found["status"], "TIMED_OUT")

    def test_metadata_only(self):
        found = self.client.describe_execution(
            executionArn=self.run_through(PASS)["executionArn"], includedData="METADATA_ONLY")
        self.assertEqual((found["inputDetails"], found["outputDetails"]),
                         ({"included": False}, {"included": False}))
        self.assertFalse({"input", "output"} & set(found))

    def test_errors(self):
        none = arn("execution", "m:none")
        for call in (self.client.describe_execution, self.client.stop_execution):
            self.fails("ExecutionDoesNotExist", call, f"Execution Does Not Exist: '{none}'",
                       executionArn=none)
            self.fails("InvalidArn", call, "Invalid Arn: 'Invalid ARN prefix: x'", executionArn="x")
            self.fails("InvalidArn", call,
                       "Invalid Arn: 'Resource type not valid in this context: express'",
                       executionArn=arn("express", "m:e:u"))


class StopExecution(ClientCase):
    def test_aborts_with_error_and_cause(self):
        execution = self.start(self.machine(WAIT))
        stopped = self.client.stop_execution(executionArn=execution, error="E" * 256,
                                             cause="C" * 32768)
        self.has_members(stopped, "stopDate")
        found = self.client.describe_execution(executionArn=execution)
        self.assertEqual((found["status"], found["error"], found["cause"], found["stopDate"]),
                         ("ABORTED", "E" * 256, "C" * 32768, stopped["stopDate"]))

    def test_of_what_is_closed_changes_nothing(self):
        found = self.run_through(FAIL)
        again = self.client.stop_execution(executionArn=found["executionArn"], error="late")
        self.assertEqual(again["stopDate"], found["stopDate"])
        self.assertEqual(self.ended(found["executionArn"], "FAILED")["error"], "E")

    def test_without_a_reason_has_none(self):
        execution = self.start(self.machine(WAIT))
        self.client.stop_execution(executionArn=execution)
        self.assertFalse({"error", "cause"} & set(self.ended(execution, "ABORTED")))
        last = self.events(execution)[-1]
        self.assertEqual((last["type"], last["previousEventId"],
                          last["executionAbortedEventDetails"]), ("ExecutionAborted", 0, {}))

    def test_limits(self):
        execution = self.start(self.machine(WAIT))
        for member, limit in (("error", 256), ("cause", 32768)):
            self.fails("ValidationException", self.client.stop_execution, constraint(
                member, f"have length less than or equal to {limit}"), executionArn=execution,
                **{member: "x" * (limit + 1)})
        self.client.stop_execution(executionArn=execution)


class ListExecutions(ClientCase):
    def test_newest_first_and_without_data(self):
        machine = self.machine()
        executions = []
        for _ in range(3):
            executions.insert(0, self.start(machine))
            self.ended(executions[0])
        found = self.client.list_executions(stateMachineArn=machine)["executions"]
        self.assertEqual([one["executionArn"] for one in found], executions)
        for one in found:
            self.has_members(one, "executionArn", "stateMachineArn", "name", "status", "startDate",
                             "stopDate", "redriveCount")

    def test_filters_by_status(self):
        machine = self.machine(machine_of(
            ("C", {"Type": "Choice", "Default": "S", "Choices": [
                {"Variable": "$.fail", "IsPresent": True, "Next": "F"}]}),
            ("S", {"Type": "Succeed"}), ("F", {"Type": "Fail"})))
        good, bad = self.start(machine), self.start(machine, {"fail": True})
        self.ended(good), self.ended(bad)
        for status, expected in (("SUCCEEDED", [good]), ("FAILED", [bad]), ("RUNNING", []),
                                 ("ABORTED", []), ("TIMED_OUT", []), ("PENDING_REDRIVE", [])):
            found = self.client.list_executions(stateMachineArn=machine, statusFilter=status)
            self.assertEqual([one["executionArn"] for one in found["executions"]], expected)

    def test_errors(self):
        machine = self.machine()
        listed = self.client.list_executions
        self.fails("ValidationException", listed, "RedriveFilter cannot be applied to "
                   "ListExecutions call with StateMachine ARN", stateMachineArn=machine,
                   redriveFilter="REDRIVEN")
        self.fails("ValidationException", listed)
        self.fails("ValidationException", listed, stateMachineArn=machine,
                   mapRunArn=arn("mapRun", "m/l:u"))
        self.fails("StateMachineDoesNotExist", listed, stateMachineArn=arn("stateMachine", "none"))
        self.fails("StateMachineTypeNotSupported", listed,
                   "This operation is not supported by this type of state machine",
                   stateMachineArn=self.machine(type="EXPRESS"))
        self.fails("ResourceNotFound", listed, mapRunArn=arn("mapRun", "m/l:u"))
        error = self.fails("ValidationException", listed, stateMachineArn=machine,
                           statusFilter="succeeded")["Error"]["Message"]
        begin, values = error.rstrip("]").split(" set: [")
        self.assertEqual(begin, "1 validation error detected: Value 'succeeded' at 'statusFilter' "
                         "failed to satisfy constraint: Member must satisfy enum value")
        self.assertEqual(set(values.split(", ")), {"SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE",
                                                   "ABORTED", "FAILED", "RUNNING"})
