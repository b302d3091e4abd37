"""Distributed Maps over items of their input: Map Runs and their child executions."""
import json

from support.case import ClientCase, arn, constraint, machine_of

_COUNTS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total",
           "resultsWritten", "failuresNotRedrivable", "pendingRedrive")
_FAILING = {"StartAt": "C", "States": {
    "C": {"Type": "Choice", "Default": "S",
          "Choices": [{"Variable": "$.bad", "IsPresent": True, "Next": "F"}]},
    "S": {"Type": "Succeed"}, "F": {"Type": "Fail", "Error": "Bad", "Cause": "it is"}}}


class MapRuns(ClientCase):
    def map(self, processor=None, kind="STANDARD", **fields):
        """A machine with a Distributed Map "M" over $.items."""
        if processor is None:
            processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
        processor = {**processor, "ProcessorConfig": {"Mode": "DISTRIBUTED",
                                                      "ExecutionType": kind}}
        return self.machine(machine_of(("M", {"Type": "Map", "Label": "Items", "ItemsPath": "$.items",
                                              "ItemProcessor": processor, **fields})))

    def run_map(self, items, **more):
        """Runs such a machine to its end: its execution and the ARN of the Map Run."""
        found = self.ended(self.start(self.map(**more), {"items": items}))
        runs = self.client.list_map_runs(executionArn=found["executionArn"])["mapRuns"]
        self.assertEqual(len(runs), 1)
        return found, runs[0]["mapRunArn"]

    def children(self, run, **more):
        return self.client.list_executions(mapRunArn=run, **more)["executions"]

    def working(self, **fields):
        """A Map Run whose three children wait for a worker: execution, run, activity."""
        activity = self.client.create_activity(name=self.name("activity"))["activityArn"]
        task = {"T": {"Type": "Task", "Resource": activity, "End": True}}
        execution = self.start(self.map({"StartAt": "T", "States": task}, **fields),
                               {"items": [1, 2, 3]})
        run = self.until(lambda: self.client.list_map_runs(executionArn=execution)["mapRuns"],
                         bool)[0]["mapRunArn"]
        return execution, run, activity

    def test_a_run_is_described_and_listed(self):
        found, run = self.run_map([{"i": 1}, {"i": 2}, {"i": 3}])
        self.assertEqual(json.loads(found["output"]), [{"i": 1}, {"i": 2}, {"i": 3}])
        machine = found["stateMachineArn"]
        self.assertRegex(run, ":mapRun:" + machine.split(":")[-1] + "/Items:[-0-9a-f]{36}$")
        listed = self.client.list_map_runs(executionArn=found["executionArn"])["mapRuns"][0]
        self.has_members(listed, "executionArn", "mapRunArn", "stateMachineArn", "startDate",
                         "stopDate")
        self.assertEqual(listed["stateMachineArn"], machine + "/Items")
        described = self.client.describe_map_run(mapRunArn=run)
        self.has_members(described, "mapRunArn", "executionArn", "status", "startDate", "stopDate",
                         "maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage",
                         "itemCounts", "executionCounts", "redriveCount")
        self.assertEqual(described["status"], "SUCCEEDED")
        for counts in (described["itemCounts"], described["executionCounts"]):
            self.has_members(counts, *_COUNTS)
            self.assertEqual((counts["succeeded"], counts["total"], counts["failed"]), (3, 3, 0))
        types = self.types(found["executionArn"])
        self.assertEqual(types[2:6], ["MapStateStarted", "MapRunStarted", "MapRunSucceeded",
                                      "MapStateSucceeded"])

    def test_children_are_executions(self):
        found, run = self.run_map([{"i": 1}, {"i": 2}])
        children = self.children(run)
        self.assertEqual(len(children), 2)
        self.has_members(children[0], "executionArn", "stateMachineArn", "name", "status",
                         "startDate", "stopDate", "redriveCount", "mapRunArn", "itemCount")
        self.assertEqual([child["itemCount"] for child in children], [1, 1])
        child = self.client.describe_execution(executionArn=children[0]["executionArn"])
        self.assertEqual((child["mapRunArn"], child["stateMachineArn"], child["status"]),
                         (run, found["stateMachineArn"] + "/Items", "SUCCEEDED"))
        self.assertEqual(self.types(children[0]["executionArn"]), [
            "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"])
        machine = self.client.describe_state_machine_for_execution(
            executionArn=children[0]["executionArn"])
        self.assertEqual((machine["mapRunArn"], machine["label"]), (run, "Items"))
        # They are not among the executions of the machine.
        listed = self.client.list_executions(stateMachineArn=found["stateMachineArn"])
        self.assertEqual([one["executionArn"] for one in listed["executions"]],
                         [found["executionArn"]])

    def test_batches_count_their_items(self):
        _, run = self.run_map([1, 2, 3], ItemBatcher={"MaxItemsPerBatch": 2})
        self.assertEqual(sorted(child["itemCount"] for child in self.children(run)), [1, 2])
        found = self.client.describe_map_run(mapRunArn=run)
        self.assertEqual((found["itemCounts"]["total"], found["executionCounts"]["total"]), (3, 2))

    def test_children_are_listed_by_pages_and_filters(self):
        _, run = self.run_map([{"bad": 1}, {}, {}], processor=_FAILING, ToleratedFailureCount=1)
        for status, count in (("SUCCEEDED", 2), ("FAILED", 1), ("RUNNING", 0),
                              ("PENDING_REDRIVE", 0)):
            self.assertEqual(len(self.children(run, statusFilter=status)), count)
        self.assertEqual(len(self.children(run, redriveFilter="NOT_REDRIVEN")), 3)
        self.assertEqual(self.children(run, redriveFilter="REDRIVEN"), [])
        pages = self.client.get_paginator("list_executions").paginate(
            mapRunArn=run, PaginationConfig={"PageSize": 2})
        self.assertEqual([len(page["executions"]) for page in pages], [2, 1])

    def test_failures_beyond_what_is_tolerated_fail_it(self):
        found, run = self.run_map([{"bad": 1}, {}], processor=_FAILING)
        self.assertEqual((found["status"], found["error"], found["cause"]), (
            "FAILED", "States.ExceedToleratedFailureThreshold",
            "The specified tolerated failure threshold was exceeded"))
        self.assertEqual(self.client.describe_map_run(mapRunArn=run)["status"], "FAILED")
        types = self.types(found["executionArn"])
        self.assertEqual(types[-3:], ["MapRunFailed", "MapStateFailed", "ExecutionFailed"])

    def test_children_redrive_with_their_run_only(self):
        _, run = self.run_map([{"bad": 1}], processor=_FAILING)
        child = self.client.describe_execution(
            executionArn=self.children(run)[0]["executionArn"])
        self.assertEqual((child["status"], child["error"], child["redriveStatus"]),
                         ("FAILED", "Bad", "REDRIVABLE_BY_MAP_RUN"))

    def test_a_running_one_can_be_changed(self):
        execution, run, activity = self.working(MaxConcurrency=1, ToleratedFailureCount=1)
        found = self.client.describe_map_run(mapRunArn=run)
        self.assertEqual((found["status"], found["maxConcurrency"], found["toleratedFailureCount"],
                          found["toleratedFailurePercentage"]), ("RUNNING", 1, 1, 0.0))
        self.assertNotIn("stopDate", found)
        self.has_members(self.client.update_map_run(
            mapRunArn=run, maxConcurrency=3, toleratedFailureCount=3,
            toleratedFailurePercentage=50.5))
        found = self.client.describe_map_run(mapRunArn=run)
        self.assertEqual((found["maxConcurrency"], found["toleratedFailureCount"],
                          found["toleratedFailurePercentage"]), (3, 3, 50.5))
        for _ in range(3):
            self.answer("send_task_success", taskToken=self.task(activity)["taskToken"],
                        output="{}")
        self.ended(execution, "SUCCEEDED")
        error = self.fails("ValidationException", self.client.update_map_run, mapRunArn=run,
                           maxConcurrency=1)
        self.assertEqual(error["reason"], "CANNOT_UPDATE_COMPLETED_MAP_RUN")

    def test_stopping_the_execution_aborts_run_and_children(self):
        execution, run, _ = self.working()
        self.until(lambda: self.children(run), lambda found: len(found) == 3)
        self.client.stop_execution(executionArn=execution)
        self.assertEqual(self.client.describe_map_run(mapRunArn=run)["status"], "ABORTED")
        self.until(lambda: {child["status"] for child in self.children(run)},
                   lambda statuses: statuses == {"ABORTED"})

    def test_children_may_be_express(self):
        found, run = self.run_map([1, 2], kind="EXPRESS")
        self.assertEqual(found["status"], "SUCCEEDED")
        counts = self.client.describe_map_run(mapRunArn=run)["executionCounts"]
        self.assertEqual(counts["succeeded"], 2)

    def test_errors(self):
        none = arn("mapRun", "m/l:u")
        for call in (self.client.describe_map_run, self.client.update_map_run):
            self.fails("ResourceNotFound", call, mapRunArn=none)
            self.fails("InvalidArn", call, "Invalid Arn: 'Invalid ARN prefix: x'", mapRunArn="x")
        for member, value, rule in (("maxConcurrency", -1, "greater than or equal to 0"),
                                    ("toleratedFailurePercentage", 101,
                                     "less than or equal to 100")):
            self.fails("ValidationException", self.careless.update_map_run,
                       constraint(member, f"have value {rule}", value), mapRunArn=none,
                       **{member: value})
        self.fails("ExecutionDoesNotExist", self.client.list_map_runs,
                   executionArn=arn("execution", "m:none"))
        plain = self.run_through('{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}')
        listed = self.client.list_map_runs(executionArn=plain["executionArn"])
        self.assertEqual(listed["mapRuns"], [])
