"""What features.py finds in a case."""
import json
import sys
import unittest

sys.dont_write_bytecode = True
import features  # noqa: E402  (after the switch above)


def names(section, found):
    return sorted(name for of, name in found if of == section)


class Features(unittest.TestCase):
    def test_states_fields_and_errors_at_any_depth(self):
        task = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:secret", "End": True,
                "Retry": [{"ErrorEquals": ["E", "States.Timeout"], "MaxAttempts": 1}]}
        found = features.of_definition({"StartAt": "M", "TimeoutSeconds": 1, "States": {"M": {
            "Type": "Map", "End": True, "ItemsPath": "$.a", "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Q", "States": {"Q": {
                    "Type": "Parallel", "End": True,
                    "Branches": [{"StartAt": "T", "States": {"T": task}}]}}}}}})
        self.assertEqual(names(features.STATES, found), ["Map (DISTRIBUTED)", "Parallel", "Task"])
        self.assertEqual(names(features.ERRORS, found), ["E", "States.Timeout"])
        fields = names(features.FIELDS, found)
        for field in ("Retry.MaxAttempts", "ItemsPath", "Branches", "machine: TimeoutSeconds"):
            self.assertIn(field, fields)
        # The names that people gave are nobody's business.
        self.assertEqual(names(features.RESOURCES, found), ["arn:aws:lambda:...:function:NAME"])

    def test_functions_of_both_languages(self):
        found = features.of_definition(json.dumps({"Type": "Pass", "Output": "{% $sum([1]) %}",
                                                   "Parameters": {"a.$": "States.UUID()"}}))
        self.assertEqual(names(features.JSONATA, found), ["$sum"])
        self.assertEqual(names(features.INTRINSICS, found), ["States.UUID"])
        self.assertIn("Parameters", names(features.FIELDS, found))

    def test_choices(self):
        found = features.of_definition({"Type": "Choice", "Choices": [{"Next": "A", "And": [
            {"Variable": "$.a", "IsNull": True}, {"Not": {"Variable": "$.b", "StringEquals": ""}}]}]})
        self.assertEqual(names(features.CHOICES, found), ["And", "IsNull", "Not", "StringEquals"])

    def test_operations_of_cases(self):
        self.assertIn((features.OPERATIONS, "TestState"),
                      features.of_case({"definition": {"Type": "Pass"}, "request": {}}))
        self.assertIn((features.OPERATIONS, "UpdateStateMachine"),
                      features.of_case({"definition": "{", "operation": "UpdateStateMachine"}))
        self.assertIn((features.ERRORS, "States.Runtime"), features.of_case(
            {"definition": {"Type": "Pass"}, "expect": {"error": "States.Runtime"}}))

    def test_readers(self):
        found = features.of_definition({"Type": "Map", "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}}})
        self.assertEqual(names(features.READERS, found), ["ItemReader s3:getObject CSV"])
        self.assertIn("ReaderConfig.CSVHeaderLocation", names(features.FIELDS, found))


unittest.main()
