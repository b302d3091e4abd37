"""The order example, worked at by activity workers in Python."""
import json
import os
import threading

from support.case import ClientCase, machine_of

_DEFINITION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples",
                           "order", "order.asl.json")


_STOP = {"stop": True}


class Failure(Exception):
    """A task's failure: error and cause."""


def _charge(order, attempts):
    if order["id"].startswith("declined"):
        raise Failure("CardDeclined", "no funds")
    attempts.append(order["id"])
    if order["id"].startswith("flaky") and attempts.count(order["id"]) == 1:
        raise Failure("PaymentGatewayDown", "try again")
    return {"receipt": order["id"]}


def _reserve(item, _):
    if item["sku"] == "unicorn":
        raise Failure("OutOfStock", "no unicorns")
    return {"sku": item["sku"], "line": item["line"]}


_HANDLERS = {"charge-payment": _charge, "reserve-item": _reserve,
             "notify-customer": lambda order, _: {"notified": order["id"]},
             "ship-order": lambda order, _: {"shipped": order["id"]},
             "refund-payment": lambda order, _: {"refunded": order["id"]}}


class Order(ClientCase):
    def work(self, activity, handler, attempts):
        """One worker: polls, works, answers, until a task tells it to stop."""
        while True:
            task = self.task(activity, worker="python", patience_seconds=600)
            work = json.loads(task["input"])
            try:
                result = {} if work == _STOP else handler(work, attempts)
                self.answer("send_task_success", taskToken=task["taskToken"],
                            output=json.dumps(result))
            except Failure as failure:
                self.answer("send_task_failure", taskToken=task["taskToken"],
                            error=failure.args[0], cause=failure.args[1])
            if work == _STOP:
                return

    def start_workers(self, attempts):
        """Starts a worker for each handler; what stops them."""
        stop_tasks, workers = [], []
        for name, handler in _HANDLERS.items():
            # A queue has one name, however a definition spells it: pawl:NAME or an activity's ARN.
            activity = self.client.create_activity(name=name)["activityArn"]
            stop_tasks.append({"StartAt": name, "States": {
                name: {"Type": "Task", "Resource": activity, "End": True}}})
            workers.append(threading.Thread(target=self.work, args=(activity, handler, attempts)))
            workers[-1].start()

        def stop():
            stops = machine_of(("Stop", {"Type": "Parallel", "Branches": stop_tasks}))
            self.run_through(stops, _STOP)
            for worker in workers:
                worker.join()
        return stop

    def test_orders_come_to_their_ends(self):
        attempts = []
        stop = self.start_workers(attempts)
        try:
            with open(_DEFINITION, encoding="utf-8") as file:
                machine = self.machine(file.read(), name="order")
            orders = {}
            for name, items in (("plain", ["tea", "cup"]), ("flaky", ["pot"]),
                                ("declined", ["tea"]), ("out-of-stock", ["tea", "unicorn"])):
                orders[name] = self.start(machine, {"id": name, "amount": 10, "items": items})
            outputs = {name: json.loads(self.ended(execution, "SUCCEEDED")["output"])
                       for name, execution in orders.items()}
        finally:
            stop()
        for name in ("plain", "flaky"):
            self.assertEqual(outputs[name]["shipment"], {"shipped": name})
            self.assertEqual(outputs[name]["payment"], {"receipt": name})
        self.assertEqual(outputs["plain"]["prepared"], [
            [{"sku": "tea", "line": 0}, {"sku": "cup", "line": 1}], {"notified": "plain"}])
        self.assertGreaterEqual(attempts.count("flaky"), 2)
        self.assertEqual(outputs["declined"]["failure"],
                         {"Error": "CardDeclined", "Cause": "no funds"})
        self.assertEqual(outputs["out-of-stock"]["refund"], {"refunded": "out-of-stock"})
