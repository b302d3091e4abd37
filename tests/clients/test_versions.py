"""Versions and aliases."""
from support import aws
from support.case import FAIL, PASS, WAIT, ClientCase, arn, constraint

_NOT_THERE = "Request references a resource that does not exist."
_PATTERN = r"satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
_OTHER_ALIAS = ("Failed to create alias because an alias with the same name and a different routing "
                "configuration already exists.")


def routes(*versions_and_weights):
    return [{"stateMachineVersionArn": version, "weight": weight}
            for version, weight in versions_and_weights]


class Versions(ClientCase):
    def publish(self, machine, **members):
        return self.client.publish_state_machine_version(stateMachineArn=machine, **members)

    def listed(self, machine):
        versions = self.client.list_state_machine_versions(stateMachineArn=machine)
        return [version["stateMachineVersionArn"] for version in versions["stateMachineVersions"]]

    def test_a_revision_has_one_version_with_its_first_description(self):
        machine = self.machine()
        first = self.publish(machine, description="one", revisionId="INITIAL")
        self.has_members(first, "stateMachineVersionArn", "creationDate")
        again = self.publish(machine, description="two")
        self.assertEqual(first["stateMachineVersionArn"], again["stateMachineVersionArn"])
        self.assertEqual(first["creationDate"], again["creationDate"])
        described = self.client.describe_state_machine(stateMachineArn=machine + ":1")
        self.assertEqual((described["stateMachineArn"], described["description"]),
                         (machine + ":1", "one"))
        self.assertEqual(described["creationDate"], first["creationDate"])

    def test_revisions_are_compared(self):
        machine = self.machine()
        begin = "Failed to publish the State Machine version for revision "
        self.fails("ConflictException", self.client.publish_state_machine_version,
                   begin + "other. The current State Machine revision is INITIAL.",
                   stateMachineArn=machine, revisionId="other")
        revision = self.client.update_state_machine(
            stateMachineArn=machine, definition=FAIL)["revisionId"]
        self.fails("ConflictException", self.client.publish_state_machine_version,
                   begin + f"INITIAL. The current State Machine revision is {revision}.",
                   stateMachineArn=machine, revisionId="INITIAL")
        published = self.publish(machine, revisionId=revision)
        self.assertEqual(published["stateMachineVersionArn"], machine + ":1")

    def test_numbers_do_not_come_back(self):
        machine = self.machine()
        self.publish(machine)
        self.client.update_state_machine(stateMachineArn=machine, definition=FAIL, publish=True)
        self.client.delete_state_machine_version(stateMachineVersionArn=machine + ":2")
        self.assertEqual(self.publish(machine)["stateMachineVersionArn"], machine + ":3")
        self.assertEqual(self.listed(machine), [machine + ":3", machine + ":1"])

    def test_deleting_is_idempotent(self):
        machine = self.machine(publish=True)
        delete = self.client.delete_state_machine_version
        self.has_members(delete(stateMachineVersionArn=machine + ":1"))
        self.has_members(delete(stateMachineVersionArn=machine + ":1"))
        self.has_members(delete(stateMachineVersionArn=machine + ":7"))
        self.assertEqual(self.listed(machine), [])

    def test_listings_go_on_where_the_last_version_was_deleted_meanwhile(self):
        machine = self.machine(publish=True)
        for number in range(4):
            self.client.update_state_machine(stateMachineArn=machine, publish=True,
                                             roleArn=aws.ROLE + str(number))
        seen, token = [], {}
        while True:
            page = self.client.list_state_machine_versions(stateMachineArn=machine, maxResults=2,
                                                           **token)
            for version in page["stateMachineVersions"]:
                seen.append(version["stateMachineVersionArn"])
                self.client.delete_state_machine_version(stateMachineVersionArn=seen[-1])
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        self.assertEqual(seen, [f"{machine}:{number}" for number in (5, 4, 3, 2, 1)])

    def test_executions_of_a_deleted_version_stay(self):
        machine = self.machine(publish=True)
        execution = self.start(machine + ":1")
        self.ended(execution, "SUCCEEDED")
        self.client.delete_state_machine_version(stateMachineVersionArn=machine + ":1")
        found = self.client.list_executions(stateMachineArn=machine + ":1")["executions"]
        self.assertEqual([one["executionArn"] for one in found], [execution])
        self.fails("StateMachineDoesNotExist", self.client.start_execution,
                   f"State Machine Version Does Not Exist: '{machine}:1'",
                   stateMachineArn=machine + ":1")

    def test_errors(self):
        none = arn("stateMachine", "none")
        for call in (self.client.publish_state_machine_version,
                     self.client.list_state_machine_versions):
            self.fails("StateMachineDoesNotExist", call, f"State Machine Does Not Exist: '{none}'",
                       stateMachineArn=none)
            self.fails("InvalidArn", call, "Invalid Arn: 'Invalid ARN prefix: x'",
                       stateMachineArn="x")
        self.fails("InvalidArn", self.client.delete_state_machine_version,
                   stateMachineVersionArn="x")
        self.fails("ValidationException", self.client.publish_state_machine_version, constraint(
            "description", "have length less than or equal to 256"),
            stateMachineArn=self.machine(), description="d" * 257)


class Aliases(ClientCase):
    def setUp(self):
        self.versioned = self.machine(WAIT, publish=True)
        self.client.update_state_machine(stateMachineArn=self.versioned, definition=PASS,
                                         publish=True)
        self.one, self.two = self.versioned + ":1", self.versioned + ":2"

    def create(self, name, *versions_and_weights, **more):
        return self.client.create_state_machine_alias(
            name=name, routingConfiguration=routes(*versions_and_weights), **more)

    def refused(self, code, message, name, *versions_and_weights, **more):
        return self.fails(code, self.careless.create_state_machine_alias, message, name=name,
                          routingConfiguration=routes(*versions_and_weights), **more)

    def describe(self, name):
        return self.client.describe_state_machine_alias(
            stateMachineAliasArn=f"{self.versioned}:{name}")

    def test_life(self):
        alias = f"{self.versioned}:live"
        created = self.create("live", (self.one, 70), (self.two, 30), description="d")
        self.has_members(created, "stateMachineAliasArn", "creationDate")
        self.assertEqual(created["stateMachineAliasArn"], alias)
        found = self.describe("live")
        self.has_members(found, "stateMachineAliasArn", "name", "description",
                         "routingConfiguration", "creationDate")
        self.assertEqual(found["routingConfiguration"], routes((self.one, 70), (self.two, 30)))
        updated = self.client.update_state_machine_alias(
            stateMachineAliasArn=alias, routingConfiguration=routes((self.two, 100)))
        found = self.describe("live")
        self.assertEqual((found["routingConfiguration"], found["description"], found["updateDate"]),
                         (routes((self.two, 100)), "d", updated["updateDate"]))
        for _ in range(2):  # missing is no error
            self.has_members(self.client.delete_state_machine_alias(stateMachineAliasArn=alias))
        self.fails("ResourceNotFound", self.client.describe_state_machine_alias, _NOT_THERE,
                   stateMachineAliasArn=alias)

    def test_repeated_is_the_same_or_conflicts(self):
        first = self.create("again", (self.one, 100), description="d")
        again = self.create("again", (self.one, 100), description="d")
        self.assertEqual(first["creationDate"], again["creationDate"])
        self.refused("ConflictException", _OTHER_ALIAS, "again", (self.one, 100), description="e")
        self.refused("ConflictException", _OTHER_ALIAS, "again", (self.two, 100), description="d")

    def test_an_empty_description_is_none(self):
        self.create("plain", (self.one, 100), description="")
        self.assertNotIn("description", self.describe("plain"))

    def test_routes_are_checked(self):
        other = self.machine(publish=True) + ":1"
        begin = "Routing configuration must contain "
        for message, pairs in (
                (f"{begin}state machine version ARNs. Received: [{self.versioned}]",
                 [(self.versioned, 100)]),
                (f"{begin}state machine version ARNs for the same state machine. "
                 f"Received: [{self.one}, {other}]", [(self.one, 50), (other, 50)]),
                (f"{begin}distinct state machine version ARNs. Received: [{self.one}, {self.one}]",
                 [(self.one, 50), (self.one, 50)]),
                ("Sum of routing configuration weights must equal 100. Received: [70, 29]",
                 [(self.one, 70), (self.two, 29)])):
            answer = self.refused("ValidationException", message, "bad", *pairs)
            self.assertEqual(answer["reason"], "INVALID_ROUTING_CONFIGURATION")
        self.refused("ValidationException", constraint(
            "routingConfiguration.1.member.weight", "have value less than or equal to 100", 101),
            "bad", (self.one, 101))
        self.refused("ValidationException", constraint(
            "routingConfiguration", "have length greater than or equal to 1", "[]"), "bad")
        self.refused("ResourceNotFound", _NOT_THERE, "bad", (self.versioned + ":9", 100))

    def test_names(self):
        for good in ("a" * 80, "v1", "-", "a.b_c-d"):
            self.create(good, (self.one, 100))
        for bad in ("1", "12", "a b", "a:b", "é"):
            self.refused("ValidationException", constraint("name", _PATTERN, bad), bad,
                         (self.one, 100))
        self.refused("ValidationException", constraint(
            "name", "have length less than or equal to 80", "a" * 81), "a" * 81, (self.one, 100))

    def test_versions_of_an_alias_are_not_deleted(self):
        self.create("b", (self.one, 100))
        self.create("a", (self.one, 50), (self.two, 50))
        self.fails("ConflictException", self.client.delete_state_machine_version,
                   "Version to be deleted must not be referenced by an alias. Current list of "
                   "aliases referencing this version: [a, b]", stateMachineVersionArn=self.one)

    def test_listed_by_name_and_by_version(self):
        self.create("b", (self.one, 100))
        self.create("a", (self.two, 100))
        listed = self.client.list_state_machine_aliases
        names = [one["stateMachineAliasArn"].split(":")[-1] for one in
                 listed(stateMachineArn=self.versioned)["stateMachineAliases"]]
        self.assertEqual(names, ["a", "b"])
        of_one = listed(stateMachineArn=self.one)["stateMachineAliases"]
        self.has_members(of_one[0], "stateMachineAliasArn", "creationDate")
        self.assertEqual([one["stateMachineAliasArn"] for one in of_one], [self.versioned + ":b"])

    def test_executions_tell_how_they_were_started(self):
        self.create("live", (self.two, 100))
        alias = self.versioned + ":live"
        by_alias, by_version = self.start(alias), self.start(self.two)
        plain = self.start(self.versioned)
        found = self.ended(by_alias, "SUCCEEDED")
        self.assertEqual((found["stateMachineArn"], found["stateMachineAliasArn"],
                          found["stateMachineVersionArn"]), (self.versioned, alias, self.two))
        found = self.ended(by_version, "SUCCEEDED")
        self.assertEqual(found["stateMachineVersionArn"], self.two)
        self.assertNotIn("stateMachineAliasArn", found)
        self.assertNotIn("stateMachineVersionArn", self.ended(plain, "SUCCEEDED"))
        started = self.events(by_alias, maxResults=1)[0]["executionStartedEventDetails"]
        self.assertEqual((started["stateMachineAliasArn"], started["stateMachineVersionArn"]),
                         (alias, self.two))
        for machine, expected in ((alias, {by_alias}), (self.two, {by_alias, by_version}),
                                  (self.versioned, {by_alias, by_version, plain})):
            listed = self.client.list_executions(stateMachineArn=machine)["executions"]
            self.assertEqual({one["executionArn"] for one in listed}, expected)

    def test_errors(self):
        alias = self.versioned + ":none"
        self.fails("ResourceNotFound", self.client.update_state_machine_alias, _NOT_THERE,
                   stateMachineAliasArn=alias, description="d")
        self.create("here", (self.one, 100))
        self.fails("ValidationException", self.client.update_state_machine_alias,
                   "Either description or routing configuration must be specified",
                   stateMachineAliasArn=self.versioned + ":here")
        self.fails("StateMachineDoesNotExist", self.client.list_state_machine_aliases,
                   stateMachineArn=arn("stateMachine", "none"))
        for call in (self.client.describe_state_machine_alias,
                     self.client.delete_state_machine_alias):
            self.fails("InvalidArn", call, stateMachineAliasArn="x")
