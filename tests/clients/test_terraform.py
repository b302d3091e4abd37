"""The calls of Terraform's AWS provider in a machine's life, replayed.

Which calls it makes and what it demands of the answers was seen with the provider 5.100:
aws_sfn_state_machine with publish, an alias, a change, and the destruction of both.
"""
import json

from support import aws
from support.case import FAIL, PASS, ClientCase


class Terraform(ClientCase):
    def plan(self, definition):
        found = self.client.validate_state_machine_definition(definition=definition,
                                                              type="STANDARD")
        self.assertEqual(found["result"], "OK")

    def read(self, machine):
        """What "refresh" asks; the attributes that are compared with the configuration."""
        found = self.client.describe_state_machine(stateMachineArn=machine)
        tags = self.client.list_tags_for_resource(resourceArn=machine)["tags"]
        versions = self.client.list_state_machine_versions(
            stateMachineArn=machine)["stateMachineVersions"]
        # Exactly one block of each is wanted back.
        self.assertEqual(sorted(found["loggingConfiguration"]), ["includeExecutionData", "level"])
        self.assertEqual(list(found["tracingConfiguration"]), ["enabled"])
        return {"definition": json.loads(found["definition"]), "role_arn": found["roleArn"],
                "status": found["status"], "type": found["type"],
                "description": found.get("description", ""),
                "revision_id": found.get("revisionId", ""),
                "version": versions[0]["stateMachineVersionArn"] if versions else "",
                "tags": {tag["key"]: tag["value"] for tag in tags}}

    def test_life_of_a_machine_with_an_alias(self):
        # plan, apply: with the tags of the configuration and without logging.
        self.plan(PASS)
        machine = self.machine(PASS, publish=True, type="STANDARD",
                               tags=[{"key": "env", "value": "test"}],
                               tracingConfiguration={"enabled": False})
        state = self.read(machine)
        self.assertEqual(state, {
            "definition": json.loads(PASS), "role_arn": aws.ROLE, "status": "ACTIVE",
            "type": "STANDARD", "description": "", "revision_id": "", "version": machine + ":1",
            "tags": {"env": "test"}})
        alias = self.client.create_state_machine_alias(
            name="live", description="", routingConfiguration=[
                {"stateMachineVersionArn": state["version"], "weight": 100}])["stateMachineAliasArn"]
        found = self.client.describe_state_machine_alias(stateMachineAliasArn=alias)
        self.assertNotIn("description", found)
        self.assertEqual(found["routingConfiguration"],
                         [{"stateMachineVersionArn": machine + ":1", "weight": 100}])
        # A second plan is empty.
        self.assertEqual(self.read(machine), state)
        self.data_source(machine)

        # A change: definition and tags, then the alias follows the new version.
        self.plan(FAIL)
        self.client.tag_resource(resourceArn=machine, tags=[{"key": "new", "value": "1"}])
        self.client.untag_resource(resourceArn=machine, tagKeys=["env"])
        self.client.update_state_machine(
            stateMachineArn=machine, definition=FAIL, roleArn=aws.ROLE, publish=True,
            loggingConfiguration={"level": "OFF", "includeExecutionData": False},
            tracingConfiguration={"enabled": False})
        changed = self.until(lambda: self.read(machine),
                             lambda found: found["definition"] == json.loads(FAIL))
        self.assertEqual((changed["version"], changed["tags"]), (machine + ":2", {"new": "1"}))
        self.assertNotEqual(changed["revision_id"], "")
        self.client.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=[
            {"stateMachineVersionArn": changed["version"], "weight": 100}])
        self.assertEqual(self.read(machine), changed)

        # destroy
        self.client.delete_state_machine_alias(stateMachineAliasArn=alias)
        self.fails("ResourceNotFound", self.client.describe_state_machine_alias,
                   stateMachineAliasArn=alias)
        self.client.delete_state_machine(stateMachineArn=machine)

        def is_gone():
            try:
                self.client.describe_state_machine(stateMachineArn=machine)
            except self.client.exceptions.StateMachineDoesNotExist:
                return True
            return False
        self.until(is_gone, bool)

    def data_source(self, machine):
        """data "aws_sfn_state_machine": by name, over all pages."""
        pages = self.client.get_paginator("list_state_machines").paginate()
        named = [one for page in pages for one in page["stateMachines"]
                 if one["name"] == machine.split(":")[-1]]
        self.assertEqual([one["stateMachineArn"] for one in named], [machine])

    def test_life_of_an_activity(self):
        activity = self.client.create_activity(
            name=self.name("activity"), tags=[{"key": "a", "value": "b"}])["activityArn"]
        found = self.client.describe_activity(activityArn=activity)
        self.assertEqual(found["activityArn"], activity)
        self.assertEqual(self.client.list_tags_for_resource(resourceArn=activity)["tags"],
                         [{"key": "a", "value": "b"}])
        self.client.delete_activity(activityArn=activity)
        self.fails("ActivityDoesNotExist", self.client.describe_activity, activityArn=activity)
