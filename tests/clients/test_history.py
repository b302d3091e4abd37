"""Histories and redrives."""
import datetime

from support.case import FAIL, PASS, WAIT, ClientCase, arn, machine_of


class GetExecutionHistory(ClientCase):
    def test_events_in_their_order(self):
        execution = self.run_through(PASS, {"a": 1})["executionArn"]
        events = self.events(execution)
        self.assertEqual([(event["id"], event["previousEventId"], event["type"])
                          for event in events],
                         [(1, 0, "ExecutionStarted"), (2, 0, "PassStateEntered"),
                          (3, 2, "PassStateExited"), (4, 3, "ExecutionSucceeded")])
        for event in events:
            self.assertIsInstance(event["timestamp"], datetime.datetime)
            details = [member for member in event if member.endswith("EventDetails")]
            self.assertLessEqual(len(details), 1)
        entered = events[1]["stateEnteredEventDetails"]
        self.assertEqual(entered, {"name": "P", "input": '{"a": 1}',
                                   "inputDetails": {"truncated": False}})
        self.assertEqual(events[3]["executionSucceededEventDetails"]["outputDetails"],
                         {"truncated": False})

    def test_reversed(self):
        execution = self.run_through(PASS)["executionArn"]
        ids = [event["id"] for event in self.events(execution, reverseOrder=True)]
        self.assertEqual(ids, [4, 3, 2, 1])

    def test_without_data_keeps_error_and_cause(self):
        execution = self.run_through(FAIL, {"a": 1})["executionArn"]
        events = self.events(execution, includeExecutionData=False)
        self.assertEqual(sorted(events[0]["executionStartedEventDetails"]), ["roleArn"])
        self.assertEqual(events[1]["stateEnteredEventDetails"], {"name": "F"})
        self.assertEqual(events[2]["executionFailedEventDetails"], {"error": "E", "cause": "C"})

    def test_pages_in_both_orders(self):
        execution = self.run_through(machine_of(
            *((f"S{number}", {"Type": "Pass"}) for number in range(10))))["executionArn"]
        paginator = self.client.get_paginator("get_execution_history")
        for reverse in (False, True):
            pages = list(paginator.paginate(executionArn=execution, reverseOrder=reverse,
                                            PaginationConfig={"PageSize": 5}))
            ids = [event["id"] for page in pages for event in page["events"]]
            self.assertEqual(ids, sorted(range(1, 23), reverse=reverse))
            self.assertEqual([len(page["events"]) for page in pages], [5, 5, 5, 5, 2])
            self.assertNotIn("nextToken", pages[-1])

    def test_variables_are_text_by_name(self):
        execution = self.run_through(
            machine_of(("P", {"Type": "Pass", "Assign": {"x": {"y": 1}, "z": "t"}})))
        exited = self.events(execution["executionArn"])[2]["stateExitedEventDetails"]
        self.assertEqual(exited["assignedVariables"], {"x": '{"y":1}', "z": '"t"'})
        self.assertEqual(exited["assignedVariablesDetails"], {"truncated": False})

    def test_of_parallel_and_map(self):
        branch, other = ({"StartAt": name, "States": {name: {"Type": "Pass", "End": True}}}
                         for name in ("B", "C"))
        execution = self.run_through(machine_of(
            ("M", {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": branch}),
            ("Q", {"Type": "Parallel", "Branches": [other]})), [1, 2])["executionArn"]
        self.assertEqual(self.types(execution), [
            "ExecutionStarted", "MapStateEntered", "MapStateStarted",
            *(["MapIterationStarted", "PassStateEntered", "PassStateExited",
               "MapIterationSucceeded"] * 2),
            "MapStateSucceeded", "MapStateExited", "ParallelStateEntered", "ParallelStateStarted",
            "PassStateEntered", "PassStateExited", "ParallelStateSucceeded", "ParallelStateExited",
            "ExecutionSucceeded"])

    def test_errors(self):
        history = self.client.get_execution_history
        none = arn("execution", "m:none")
        self.fails("ExecutionDoesNotExist", history, f"Execution Does Not Exist: '{none}'",
                   executionArn=none)
        self.fails("InvalidArn", history,
                   "Invalid Arn: 'Resource type not valid in this context: stateMachine'",
                   executionArn=arn("stateMachine", "m"))
        execution = self.run_through(PASS)["executionArn"]
        self.fails("InvalidToken", history, "Invalid Token: 'Invalid token'",
                   executionArn=execution, nextToken="nonsense")
        token = history(executionArn=execution, maxResults=1)["nextToken"]
        self.fails("InvalidToken", history, executionArn=execution, nextToken=token,
                   reverseOrder=True)


class RedriveExecution(ClientCase):
    def failing_task(self):
        """An execution whose activity has failed after a state that succeeded."""
        activity = self.client.create_activity(name=self.name("activity"))["activityArn"]
        machine = self.machine(machine_of(
            ("First", {"Type": "Pass", "Result": {"done": True}}),
            ("Task", {"Type": "Task", "Resource": activity}),
            ("Last", {"Type": "Pass", "Parameters": {
                "count.$": "$$.Execution.RedriveCount", "at.$": "$$.Execution.RedriveTime"}})))
        execution = self.start(machine)
        self.answer("send_task_failure", taskToken=self.task(activity)["taskToken"], error="Bad",
                    cause="once")
        self.ended(execution, "FAILED")
        return activity, execution

    def test_goes_on_with_what_failed(self):
        activity, execution = self.failing_task()
        before = self.client.describe_execution(executionArn=execution)
        redriven = self.client.redrive_execution(executionArn=execution)
        self.has_members(redriven, "redriveDate")
        task = self.task(activity)
        running = self.client.describe_execution(executionArn=execution)
        self.assertEqual((running["status"], running["redriveCount"], running["redriveDate"],
                          running["startDate"]),
                         ("RUNNING", 1, redriven["redriveDate"], before["startDate"]))
        self.assertFalse({"stopDate", "error", "cause"} & set(running))
        self.answer("send_task_success", taskToken=task["taskToken"], output="{}")
        self.assertIn('"count":1', self.ended(execution, "SUCCEEDED")["output"])
        events = self.events(execution)
        types = [event["type"] for event in events]
        self.assertEqual(types.count("TaskStateEntered"), 1)
        self.assertEqual(types.count("PassStateEntered"), 2)
        at = types.index("ExecutionRedriven")
        self.assertEqual(events[at]["executionRedrivenEventDetails"], {"redriveCount": 1})
        self.assertEqual(types[at - 1], "ExecutionFailed")
        self.assertEqual(events[at]["previousEventId"], events[at - 1]["id"])
        entered = types.index("TaskStateEntered")
        self.assertEqual((types[at + 1], events[at + 1]["previousEventId"]),
                         ("ActivityScheduled", events[entered]["id"]))

    def test_a_token_is_answered_again(self):
        execution = self.run_through(FAIL)["executionArn"]
        redrive = self.client.redrive_execution
        first = redrive(executionArn=execution, clientToken="token")
        self.ended(execution, "FAILED")
        again = redrive(executionArn=execution, clientToken="token")
        self.assertEqual(first["redriveDate"], again["redriveDate"])
        redrive(executionArn=execution, clientToken="other")
        self.assertEqual(self.ended(execution, "FAILED")["redriveCount"], 2)

    def test_of_what_was_stopped(self):
        execution = self.start(self.machine(machine_of(
            ("W", {"Type": "Wait", "Seconds": 1}), ("P", {"Type": "Pass"}))))
        self.client.stop_execution(executionArn=execution)
        self.client.redrive_execution(executionArn=execution)
        self.ended(execution, "SUCCEEDED")

    def test_errors(self):
        redrive = self.client.redrive_execution
        running = self.start(self.machine(WAIT))
        begin = " invalid for redrive as: Execution is "
        self.fails("ExecutionNotRedrivable", redrive,
                   f"Execution {running}{begin}RUNNING and cannot be redriven",
                   executionArn=running)
        self.client.stop_execution(executionArn=running)
        done = self.run_through(PASS)["executionArn"]
        self.fails("ExecutionNotRedrivable", redrive,
                   f"Execution {done}{begin}SUCCEEDED and cannot be redriven", executionArn=done)
        self.fails("ExecutionDoesNotExist", redrive, executionArn=arn("execution", "m:none"))
        self.fails("InvalidArn", redrive, executionArn=arn("express", "m:e:u"))
        for bad in ("t" * 65, "ü", ""):
            self.fails("ValidationException", self.careless.redrive_execution, executionArn=done,
                       clientToken=bad)
