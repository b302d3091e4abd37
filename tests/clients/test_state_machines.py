"""State machines: creating, describing, listing, updating."""
import datetime

from support import aws
from support.case import FAIL, PASS, WAIT, ClientCase, arn, constraint

_LOG_GROUP = f"arn:aws:logs:{aws.REGION}:{aws.ACCOUNT}:log-group:pawl:*"


def _logging(*groups, level="ALL"):
    return {"level": level, "includeExecutionData": True, "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": group}} for group in groups]}


class CreateStateMachine(ClientCase):
    def create(self, **members):
        members.setdefault("name", self.name("machine"))
        return self.client.create_state_machine(
            **{"definition": PASS, "roleArn": aws.ROLE, **members})

    def refused(self, code, message, **members):
        members.setdefault("name", self.name("machine"))
        self.fails(code, self.careless.create_state_machine, message,
                   **{"definition": PASS, "roleArn": aws.ROLE, **members})

    def test_answers_arn_and_date(self):
        name = self.name("machine")
        created = self.create(name=name)
        self.has_members(created, "stateMachineArn", "creationDate")
        self.assertEqual(created["stateMachineArn"], arn("stateMachine", name))
        self.assertIsInstance(created["creationDate"], datetime.datetime)
        self.assertIsNotNone(created["creationDate"].tzinfo)

    def test_answers_the_version_when_it_publishes(self):
        created = self.create(publish=True, versionDescription="first")
        self.assertEqual(created["stateMachineVersionArn"], created["stateMachineArn"] + ":1")

    def test_repeated_is_the_same(self):
        name = self.name("machine")
        first = self.create(name=name, tags=[{"key": "a", "value": "b"}])
        # Role and tags are not compared and not changed.
        again = self.create(name=name, roleArn=aws.ROLE + "-other", tags=[{"key": "c", "value": ""}])
        self.assertEqual(first["creationDate"], again["creationDate"])
        described = self.client.describe_state_machine(stateMachineArn=first["stateMachineArn"])
        self.assertEqual(described["roleArn"], aws.ROLE)
        tags = self.client.list_tags_for_resource(resourceArn=first["stateMachineArn"])["tags"]
        self.assertEqual(tags, [{"key": "a", "value": "b"}])

    def test_repeated_with_another_text_conflicts(self):
        name = self.name("machine")
        self.create(name=name)
        message = f"State Machine Already Exists: '{arn('stateMachine', name)}'"
        for other in ({"definition": PASS + " "}, {"definition": FAIL}, {"type": "EXPRESS"},
                      {"tracingConfiguration": {"enabled": True}},
                      {"loggingConfiguration": _logging(_LOG_GROUP)}):
            self.refused("StateMachineAlreadyExists", message, name=name, **other)

    def test_repeated_compares_publication(self):
        name = self.name("machine")
        first = self.create(name=name, publish=True, versionDescription="one")
        self.assertEqual(first, {**self.create(name=name, publish=True, versionDescription="one"),
                                 "ResponseMetadata": first["ResponseMetadata"]})
        begin = "State Machine Already Exists: This state machine was already created with a "
        self.refused("StateMachineAlreadyExists", begin + "published version.", name=name)
        self.refused("StateMachineAlreadyExists",
                     begin + "published version using a different description.", name=name,
                     publish=True, versionDescription="two")

    def test_names(self):
        for good in ("a" * 80, "dots.and-more_", "Ünïcödé", "日本語", "1"):
            self.create(name=good)
        for bad in ("a b", "a<b", "a>", "{", "}", "[", "]", "?", "*", '"', "#", "%", "\\", "^", "|",
                    "~", "`", "$", "&", ",", ";", "a:b", "a/b", "tab\t", "\x00", "\x7f", "\x9f"):
            self.refused("InvalidName", f"Invalid Name: '{bad}'", name=bad)
        self.refused("ValidationException", constraint(
            "name", "have length less than or equal to 80", "a" * 81), name="a" * 81)
        self.refused("ValidationException", constraint(
            "name", "have length greater than or equal to 1", ""), name="")

    def test_definitions_are_kept_byte_for_byte(self):
        text = '\r\n  {"StartAt":"Ü", "States":{"Ü":{"Type":"Pass","Result":1.00,"End":true}}}\t\n'
        machine = self.machine(text)
        found = self.client.describe_state_machine(stateMachineArn=machine)
        self.assertEqual(found["definition"], text)

    def test_definitions_are_checked(self):
        self.refused("InvalidDefinition",
                     "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are "
                     "required: [States, StartAt] at /'", definition="{}")
        self.refused("ValidationException", constraint(
            "definition", "have length greater than or equal to 1"), definition="")
        self.refused("ValidationException", constraint(
            "definition", "have length less than or equal to 1048576"),
            definition=PASS.ljust(1024 * 1024 + 1))
        self.create(definition=PASS.ljust(1024 * 1024))

    def test_missing_members_are_named_together(self):
        answer = self.fails("ValidationException", self.careless.create_state_machine)
        message = answer["Error"]["Message"]
        self.assertTrue(message.startswith("3 validation errors detected: "), message)
        for member in ("name", "definition", "roleArn"):
            self.assertIn(f" at '{member}' failed to satisfy constraint: Member must not be null",
                          message)

    def test_roles_must_look_like_one(self):
        self.create(roleArn=f"arn:aws:iam::{aws.ACCOUNT}:role/path/that-does-not-exist")
        for bad in ("x", "arn:aws:iam::1:user/u", "arn:aws:s3:::bucket"):
            self.refused("InvalidArn", f"Invalid Role Arn: '{bad}'", roleArn=bad)

    def test_types(self):
        self.create(type="EXPRESS")
        self.refused("ValidationException", constraint(
            "type", "satisfy enum value set: [STANDARD, EXPRESS]", "FAST"), type="FAST")

    def test_version_description_needs_publish(self):
        self.refused("ValidationException",
                     "Version description can only be set when publish is true",
                     versionDescription="d")

    def test_logging_needs_one_destination(self):
        message = "Invalid Logging Configuration: "
        one = message + "Must specify exactly one Log Destination."
        self.refused("InvalidLoggingConfiguration", one, loggingConfiguration={"level": "ALL"})
        self.refused("InvalidLoggingConfiguration", one,
                     loggingConfiguration=_logging(_LOG_GROUP, _LOG_GROUP))
        self.refused("InvalidLoggingConfiguration", message + "Log Destination not found.",
                     loggingConfiguration=_logging("nothing"))

    def test_encryption_needs_the_key_of_a_customer(self):
        for bad in ({"type": "CUSTOMER_MANAGED_KMS_KEY"},
                    {"type": "AWS_OWNED_KEY", "kmsKeyId": "key"}):
            self.refused("InvalidEncryptionConfiguration", None, encryptionConfiguration=bad)

    def test_tags_are_limited(self):
        many = [{"key": f"k{i}", "value": ""} for i in range(51)]
        self.refused("TooManyTags", None, tags=many)
        self.create(tags=many[:50])
        self.refused("AccessDeniedException",
                     "Caller is an end user and not allowed to mutate system tags",
                     tags=[{"key": "aws:x", "value": ""}])


class DescribeStateMachine(ClientCase):
    def test_defaults_are_shown_and_what_is_not_there_is_absent(self):
        machine = self.machine()
        found = self.client.describe_state_machine(stateMachineArn=machine)
        self.has_members(found, "stateMachineArn", "name", "status", "definition", "roleArn", "type",
                         "creationDate", "loggingConfiguration", "tracingConfiguration",
                         "encryptionConfiguration")
        self.assertEqual((found["status"], found["type"]), ("ACTIVE", "STANDARD"))
        self.assertEqual(found["loggingConfiguration"],
                         {"level": "OFF", "includeExecutionData": False})
        self.assertEqual(found["tracingConfiguration"], {"enabled": False})
        self.assertEqual(found["encryptionConfiguration"], {"type": "AWS_OWNED_KEY"})

    def test_configurations_come_back_as_they_were_given(self):
        given = {"loggingConfiguration": _logging(_LOG_GROUP, level="ERROR"),
                 "tracingConfiguration": {"enabled": True},
                 "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "key",
                                             "kmsDataKeyReusePeriodSeconds": 60}}
        found = self.client.describe_state_machine(stateMachineArn=self.machine(**given))
        self.assertEqual({key: found[key] for key in given}, given)

    def test_empty_destinations_stay(self):
        machine = self.machine(loggingConfiguration={"destinations": []})
        found = self.client.describe_state_machine(stateMachineArn=machine)
        self.assertEqual(found["loggingConfiguration"],
                         {"level": "OFF", "includeExecutionData": False, "destinations": []})

    def test_variables_are_listed_by_state(self):
        machine = self.machine('{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1},'
                               '"Next":"B"},"B":{"Type":"Pass","Parameters":{"y.$":"$x"},'
                               '"End":true}}}')
        found = self.client.describe_state_machine(stateMachineArn=machine)
        self.assertEqual(found["variableReferences"], {"B": ["x"]})

    def test_metadata_only_hides_what_a_customers_key_encrypts(self):
        plain = self.machine()
        hidden = self.machine(encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY",
                                                       "kmsKeyId": "key"})
        definitions = [self.client.describe_state_machine(
            stateMachineArn=machine, includedData="METADATA_ONLY")["definition"]
            for machine in (plain, hidden)]
        self.assertEqual(definitions, [PASS, "{}"])

    def test_errors(self):
        describe = self.careless.describe_state_machine
        for bad, code, message in (
                ("x", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: x'"),
                (arn("activity", "a"), "InvalidArn",
                 "Invalid Arn: 'Resource type not valid in this context: activity'"),
                (arn("stateMachine", "none"), "StateMachineDoesNotExist",
                 f"State Machine Does Not Exist: '{arn('stateMachine', 'none')}'"),
                (arn("stateMachine", "m/Label"), "ValidationException", None),
                ("", "ValidationException", constraint(
                    "stateMachineArn", "have length greater than or equal to 1", "")),
                ("a" * 257, "ValidationException", constraint(
                    "stateMachineArn", "have length less than or equal to 256", "a" * 257))):
            self.fails(code, describe, message, stateMachineArn=bad)
        self.fails("ValidationException", describe, "1 validation error detected: Value null at "
                   "'stateMachineArn' failed to satisfy constraint: Member must not be null")

    def test_versions_that_are_not_there_are_named(self):
        version = self.machine() + ":1"
        self.fails("StateMachineDoesNotExist", self.client.describe_state_machine,
                   f"State Machine Version Does Not Exist: '{version}'", stateMachineArn=version)


class UpdateStateMachine(ClientCase):
    def update(self, machine, **members):
        return self.client.update_state_machine(stateMachineArn=machine, **members)

    def test_makes_a_revision(self):
        machine = self.machine()
        before = self.client.describe_state_machine(stateMachineArn=machine)
        self.assertNotIn("revisionId", before)
        updated = self.update(machine, definition=FAIL)
        self.has_members(updated, "updateDate", "revisionId")
        after = self.client.describe_state_machine(stateMachineArn=machine)
        self.assertEqual((after["definition"], after["revisionId"], after["creationDate"]),
                         (FAIL, updated["revisionId"], before["creationDate"]))

    def test_that_changes_nothing_makes_none(self):
        machine = self.machine()
        self.has_members(self.update(machine, definition=PASS), "updateDate")
        first = self.update(machine, roleArn=aws.ROLE + "2")
        again = self.update(machine, roleArn=aws.ROLE + "2", definition=PASS)
        self.assertEqual((first["revisionId"], first["updateDate"]),
                         (again["revisionId"], again["updateDate"]))

    def test_publishes_once_for_a_revision(self):
        machine = self.machine()
        first = self.update(machine, definition=FAIL, publish=True, versionDescription="d")
        again = self.update(machine, definition=FAIL, publish=True, versionDescription="d")
        self.assertEqual(first["stateMachineVersionArn"], machine + ":1")
        self.assertEqual(again["stateMachineVersionArn"], machine + ":1")

    def test_creates_compare_with_the_update(self):
        name = self.name("machine")
        machine = self.machine(name=name)
        self.update(machine, definition=FAIL)
        self.machine(FAIL, name=name)
        self.fails("StateMachineAlreadyExists", self.client.create_state_machine, name=name,
                   definition=PASS, roleArn=aws.ROLE)

    def test_running_executions_keep_their_revision(self):
        machine = self.machine(WAIT)
        execution = self.start(machine)
        self.update(machine, definition=PASS)
        found = self.client.describe_state_machine_for_execution(executionArn=execution)
        self.assertEqual(found["definition"], WAIT)
        self.assertNotIn("revisionId", found)
        self.client.stop_execution(executionArn=execution)

    def test_errors(self):
        machine = self.machine()
        required = ("Either the definition, the role ARN, the LoggingConfiguration, or the "
                    "TracingConfiguration must be specified")
        for bad in ({}, {"versionDescription": "d"}, {"publish": True}):
            self.fails("MissingRequiredParameter", self.client.update_state_machine, required,
                       stateMachineArn=machine, **bad)
        for code, bad in (("InvalidDefinition", {"definition": "{"}),
                          ("InvalidArn", {"roleArn": "x"}),
                          ("ValidationException", {"roleArn": aws.ROLE, "versionDescription": "d"}),
                          ("InvalidLoggingConfiguration",
                           {"loggingConfiguration": {"level": "ALL"}})):
            self.fails(code, self.client.update_state_machine, stateMachineArn=machine, **bad)
        none = arn("stateMachine", "none")
        self.fails("StateMachineDoesNotExist", self.client.update_state_machine,
                   f"State Machine Does Not Exist: '{none}'", stateMachineArn=none, definition=PASS)
        self.fails("StateMachineDoesNotExist", self.client.update_state_machine,
                   f"State Machine Does Not Exist: '{machine}:1'", stateMachineArn=machine + ":1",
                   definition=PASS)


class DescribeStateMachineForExecution(ClientCase):
    def test_shows_the_machine_and_not_its_state(self):
        machine = self.machine()
        execution = self.start(machine)
        found = self.client.describe_state_machine_for_execution(executionArn=execution)
        self.has_members(found, "stateMachineArn", "name", "definition", "roleArn", "updateDate",
                         "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
        self.assertEqual(found["stateMachineArn"], machine)

    def test_errors(self):
        describe = self.client.describe_state_machine_for_execution
        none = arn("execution", "m:none")
        self.fails("ExecutionDoesNotExist", describe, f"Execution Does Not Exist: '{none}'",
                   executionArn=none)
        self.fails("InvalidArn", describe,
                   "Invalid Arn: 'Resource type not valid in this context: express'",
                   executionArn=arn("express", "m:e:u"))
