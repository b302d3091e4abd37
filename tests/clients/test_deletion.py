"""Deleting machines."""
from support.case import PASS, WAIT, ClientCase, arn, machine_of


class DeleteStateMachine(ClientCase):
    def delete(self, machine):
        return self.client.delete_state_machine(stateMachineArn=machine)

    def gone(self, machine):
        """Waits as Terraform does: until Describe says that it does not exist."""
        def exists():
            try:
                return self.client.describe_state_machine(stateMachineArn=machine)["status"]
            except self.client.exceptions.StateMachineDoesNotExist:
                return None
        self.until(exists, lambda status: status is None)

    def deleting(self):
        """A machine that is being deleted for as long as the test needs it.

        Its executions are many: telling them all to end takes longer than the questions here, but
        where it does not, a question is asked of a machine that is gone, and so is not asked.
        """
        machine = self.machine(WAIT)
        execution = self.start(machine)
        for _ in range(20):
            self.start(machine)
        self.delete(machine)
        return machine, execution

    def test_is_idempotent_and_ends_all(self):
        machine = self.machine(publish=True)
        for _ in range(2):
            self.has_members(self.delete(machine))
        self.gone(machine)
        self.has_members(self.delete(arn("stateMachine", "never-was")))
        self.assertNotIn(machine, [one["stateMachineArn"] for page in self.client.get_paginator(
            "list_state_machines").paginate() for one in page["stateMachines"]])
        self.fails("StateMachineDoesNotExist", self.client.list_state_machine_versions,
                   stateMachineArn=machine)

    def test_executions_fail(self):
        machine = self.machine(machine_of(("W", {"Type": "Wait", "Seconds": 600})))
        execution = self.start(machine)
        self.delete(machine)
        found = self.ended(execution, "FAILED")
        self.assertEqual((found["error"], found["cause"]), (
            "States.Runtime", f"State machine {machine.split(':')[-1]} has been deleted"))
        self.gone(machine)

    def test_while_it_is_under_way(self):
        machine, execution = self.deleting()
        asked = 0
        for call, members in (
                (self.client.start_execution, {"stateMachineArn": machine}),
                (self.client.update_state_machine, {"stateMachineArn": machine,
                                                    "definition": PASS}),
                (self.client.publish_state_machine_version, {"stateMachineArn": machine}),
                (self.client.list_state_machine_aliases, {"stateMachineArn": machine})):
            try:
                call(**members)
                self.fail("a machine that is being deleted was used")
            except self.client.exceptions.StateMachineDeleting as error:
                self.assertEqual(error.response["Error"]["Message"],
                                 f"State machine is being deleted: '{machine}'")
                asked += 1
            except self.client.exceptions.StateMachineDoesNotExist:
                pass  # gone already
        if not self.is_killed:
            self.assertGreater(asked, 0)
        self.gone(machine)
        self.ended(execution, "FAILED")

    def test_the_name_is_free_again(self):
        name = self.name("machine")
        machine = self.machine(WAIT, name=name)
        self.start(machine)
        self.delete(machine)
        self.gone(machine)
        self.machine(PASS, name=name)
        self.ended(self.start(machine), "SUCCEEDED")
        self.assertEqual(self.client.list_tags_for_resource(resourceArn=machine)["tags"], [])

    def test_errors(self):
        for bad, code in (("x", "InvalidArn"), (arn("activity", "a"), "InvalidArn"),
                          (arn("stateMachine", "m/Label"), "ValidationException")):
            self.fails(code, self.client.delete_state_machine, stateMachineArn=bad)
