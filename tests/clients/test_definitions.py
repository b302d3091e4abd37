"""Definitions: ValidateStateMachineDefinition and TestState."""
import json

from support import aws
from support.case import PASS, ClientCase, arn, constraint, machine_of

_TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
         "Parameters": {"FunctionName": "f"}, "Next": "After",
         "Retry": [{"ErrorEquals": ["Retried"], "MaxAttempts": 2, "IntervalSeconds": 3}],
         "Catch": [{"ErrorEquals": ["Caught"], "Next": "Handler", "ResultPath": "$.error"}]}


class ValidateStateMachineDefinition(ClientCase):
    def validate(self, definition, **more):
        found = self.client.validate_state_machine_definition(definition=definition, **more)
        self.has_members(found, "result", "diagnostics", "truncated")
        return found

    def test_good(self):
        found = self.validate(PASS)
        self.assertEqual((found["result"], found["diagnostics"], found["truncated"]),
                         ("OK", [], False))

    def test_bad(self):
        found = self.validate("{}")
        self.assertEqual((found["result"], found["diagnostics"]), ("FAIL", [
            {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "location": "/",
             "message": "These fields are required: [States, StartAt]"}]))
        broken = self.validate("{")["diagnostics"][0]
        self.assertEqual((broken["code"], broken["location"]), (
            "INVALID_JSON_DESCRIPTION", '[Source: (String)"{"; line: 1, column: 2]'))

    def test_warnings_are_shown_on_demand(self):
        text = machine_of(("A", {"Type": "Pass", "Parameters": {"a": "$.x"}}))
        self.assertEqual(self.validate(text)["diagnostics"], [])
        found = self.validate(text, severity="WARNING")
        self.assertEqual(found["result"], "OK")
        self.assertEqual([(one["severity"], one["code"], one["location"])
                          for one in found["diagnostics"]],
                         [("WARNING", "NO_DOLLAR", "/States/A/Parameters/a")])

    def test_many_are_truncated(self):
        text = json.dumps({"StartAt": "A", "States": {
            name: {"Type": "Pass", "Next": "None"} for name in "ABC"}})
        everything = self.validate(text, maxResults=0)
        self.assertFalse(everything["truncated"])
        found = self.validate(text, maxResults=1)
        self.assertEqual((len(found["diagnostics"]), found["truncated"]), (1, True))
        self.assertGreater(len(everything["diagnostics"]), 1)

    def test_type_matters(self):
        text = machine_of(("T", {"Type": "Task", "Resource": arn("activity", "a")}))
        self.assertEqual(self.validate(text)["result"], "OK")
        self.assertEqual(self.validate(text, type="EXPRESS")["result"], "FAIL")

    def test_errors(self):
        validate = self.careless.validate_state_machine_definition
        self.fails("ValidationException", validate, constraint(
            "maxResults", "have value less than or equal to 100", 101), definition=PASS,
            maxResults=101)
        for bad in ({"severity": "X"}, {"type": "X"}, {"definition": ""}):
            self.fails("ValidationException", validate, **{"definition": PASS, **bad})


class TestState(ClientCase):
    def test_state(self, definition=None, **more):
        """Named so by AWS. As a test of its own: the smallest request."""
        definition = definition or {"Type": "Pass", "End": True}
        found = self.client.test_state(definition=json.dumps(definition), **more)
        self.assertIn(found["status"], ("SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR"))
        return found

    def task(self, **mock):
        more = mock.pop("more", {})
        return self.test_state(_TASK, mock=mock, roleArn=aws.ROLE, **more)

    def test_inspection_levels(self):
        state = {"Type": "Pass", "Result": {"a": 1}, "ResultPath": "$.r", "Next": "After"}
        found = self.test_state(state, input='{"x":1}', inspectionLevel="INFO")
        self.has_members(found, "status", "output", "nextState")
        self.assertEqual((json.loads(found["output"]), found["nextState"]),
                         ({"x": 1, "r": {"a": 1}}, "After"))
        found = self.test_state(state, input='{"x":1}', inspectionLevel="DEBUG")
        self.assertEqual(found["inspectionData"], {
            "input": '{"x":1}', "result": '{"a":1}', "afterResultSelector": '{"a":1}',
            "afterResultPath": '{"x":1,"r":{"a":1}}'})
        traced = self.test_state(state, input='{"x":1}', inspectionLevel="TRACE")
        self.assertEqual(traced["inspectionData"], found["inspectionData"])

    def test_each_kind_of_state(self):
        choice = {"Type": "Choice", "Default": "B",
                  "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "A"}]}
        self.assertEqual(self.test_state(choice, input='{"x":1}')["nextState"], "A")
        self.assertEqual(self.test_state(choice, input='{"x":2}')["nextState"], "B")
        self.assertEqual(self.test_state({"Type": "Succeed"})["status"], "SUCCEEDED")
        self.assertEqual(self.test_state({"Type": "Wait", "Seconds": 1, "End": True})["status"],
                         "SUCCEEDED")
        found = self.test_state({"Type": "Fail", "Error": "E", "Cause": "C"})
        self.has_members(found, "status", "error", "cause")
        self.assertEqual((found["status"], found["error"], found["cause"]), ("FAILED", "E", "C"))

    def test_jsonata_and_variables(self):
        found = self.test_state({"QueryLanguage": "JSONata", "Type": "Pass", "End": True,
                                 "Output": "{% $x & 'b' %}"}, variables='{"x":"a"}')
        self.assertEqual(found["output"], '"ab"')

    def test_mocked_results(self):
        found = self.task(result='{"Payload":"{}","StatusCode":200}')
        self.assertEqual((found["status"], found["nextState"]), ("SUCCEEDED", "After"))

    def test_mocked_errors(self):
        found = self.task(errorOutput={"error": "Caught", "cause": "c"})
        self.assertEqual((found["status"], found["nextState"], json.loads(found["output"])),
                         ("CAUGHT_ERROR", "Handler", {"error": {"Error": "Caught", "Cause": "c"}}))
        retried = {"error": "Retried", "cause": "c"}
        found = self.task(errorOutput=retried, more={"inspectionLevel": "DEBUG"})
        self.assertEqual(found["status"], "RETRIABLE")
        self.assertEqual(found["inspectionData"]["errorDetails"],
                         {"retryIndex": 0, "retryBackoffIntervalSeconds": 3})
        found = self.task(errorOutput=retried,
                          more={"stateConfiguration": {"retrierRetryCount": 2}})
        self.assertEqual(found["status"], "FAILED")
        self.assertEqual(self.task(errorOutput={"error": "Other"})["status"], "FAILED")

    def test_a_state_of_a_machine(self):
        found = self.client.test_state(definition=PASS, stateName="P", input="[1]")
        self.assertEqual(found["output"], "[1]")
        self.fails("ValidationException", self.client.test_state, "State not found in definition",
                   definition=PASS, stateName="None")

    def test_maps_need_a_mock(self):
        state = {"Type": "Map", "End": True, "ItemProcessor": json.loads(PASS)}
        self.fails("InvalidDefinition", self.client.test_state,
                   "TestState API does not support Map or Parallel states. Supported state types "
                   "include: [Task, Wait, Pass, Succeed, Fail, Choice]",
                   definition=json.dumps(state), input="[1]")
        self.assertEqual(self.test_state(state, input="[1]", mock={"result": "[2]"})["output"],
                         "[2]")

    def refused(self, code, message, state=None, **more):
        definition = json.dumps(state or {"Type": "Pass", "End": True})
        self.fails(code, self.careless.test_state, message,
                   **{"definition": definition, **more})

    def test_errors(self):
        both = "A test mock should have only one of the following fields: [result, errorOutput]."
        self.refused("ValidationException", both, _TASK, roleArn=aws.ROLE,
                     mock={"result": "{}", "errorOutput": {"error": "E"}})
        self.refused("ValidationException", "Mocked result must be valid JSON", _TASK,
                     roleArn=aws.ROLE, mock={"result": "nope"})
        self.refused("ValidationException",
                     "State type 'Pass' is not supported when a mock is specified",
                     mock={"result": "{}"})
        self.refused("ValidationException",
                     "TestState does not support RevealSecrets when a mock is specified.", _TASK,
                     roleArn=aws.ROLE, mock={"result": "{}"}, revealSecrets=True)
        self.refused("ValidationException", None, variables="[]")
        self.refused("ValidationException", None, inspectionLevel="X")
        self.refused("InvalidExecutionInput", None, input="nope")
        self.refused("InvalidDefinition", None, {"Type": "Nope"})
        self.refused("InvalidArn", "Invalid Role Arn: 'x'", roleArn="x")
