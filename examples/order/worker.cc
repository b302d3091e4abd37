// The order's worker: a shop with an unreliable payment gateway, a small warehouse and a manager
// who approves large orders.
//
//   order-worker --engine HOST:PORT --ledger FILE            serve
//   order-worker --engine HOST:PORT --ledger FILE --verify N check N orders against the ledger
//
// The ledger is what the world has seen: every side effect is written to it, under its idempotency
// key, before the engine is told.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "pawl/client.h"
#include "pawl/json.h"
#include "pawl/typed.h"
#include "pawl/worker.h"

namespace {

struct Order {
  std::string id;
  double amount = 0;
  std::vector<std::string> items;
};
PAWL_FIELDS(Order, id, amount, items)

struct Line {
  std::string order;
  std::string sku;
  int64_t line = 0;
};
PAWL_FIELDS(Line, order, sku, line)

struct Approval {
  std::string order;
  double amount = 0;
  std::string token;
};
PAWL_FIELDS(Approval, order, amount, token)

struct Done {
  std::string step;
  std::string key;
};
PAWL_FIELDS(Done, step, key)

// One line a side effect: "KEY STEP". Whole lines only, whatever happens to the process.
class Ledger {
 public:
  explicit Ledger(const std::string& path)
      : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
  ~Ledger() { close(fd_); }
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  Done Write(const std::string& step, const pawl::Task& task) const {
    const std::string line = task.idempotency_key() + " " + step + "\n";
    if (write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      std::perror("order-worker: the ledger");
      _exit(1);
    }
    return Done{step, task.idempotency_key()};
  }

 private:
  int fd_;
};

// Numbers that depend on the order alone, so that every run of the demo shows the same.
size_t Dice(const std::string& text) {
  size_t hash = 5381;
  for (char c : text) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

void Work(int milliseconds) { absl::SleepFor(absl::Milliseconds(milliseconds)); }

pawl::ResultOf<Done> Charge(const Ledger& ledger, const Order& order, const pawl::Task& task) {
  Work(120);
  const size_t dice = Dice(order.id);
  if (dice % 17 == 0) return pawl::Fail("CardDeclined", "the bank says no");
  // Every third order meets a gateway that is down once or twice.
  if (dice % 3 == 0 && task.attempt() <= static_cast<int>(1 + dice % 2)) {
    return pawl::Fail("PaymentGatewayDown", "503 from the gateway");
  }
  return ledger.Write("charge", task);
}

pawl::ResultOf<Done> Reserve(const Ledger& ledger, const Line& line, const pawl::Task& task) {
  Work(150);
  if (Dice(line.order) % 13 == 5 && line.line == 1) {
    return pawl::Fail("OutOfStock", "no " + line.sku + " left");
  }
  return ledger.Write("reserve", task);
}

pawl::Handlers MakeHandlers(std::shared_ptr<Ledger> ledger, std::shared_ptr<pawl::Client> client) {
  pawl::HandlerOptions wide;
  wide.max_concurrency = 8;
  const auto simple = [ledger](const char* step, int milliseconds) {
    return [ledger, step, milliseconds](const Order&, const pawl::Task& task) {
      Work(milliseconds);
      return ledger->Write(step, task);
    };
  };
  pawl::Handlers handlers;
  handlers.Add("charge-payment",
               pawl::Typed<Order, Done>(
                   [ledger](const Order& o, const pawl::Task& t) { return Charge(*ledger, o, t); }),
               wide);
  handlers.Add("reserve-item",
               pawl::Typed<Line, Done>(
                   [ledger](const Line& l, const pawl::Task& t) { return Reserve(*ledger, l, t); }),
               wide);
  handlers.Add("notify-customer", pawl::Typed<Order, Done>(simple("notify", 100)), wide);
  handlers.Add("ship-order", pawl::Typed<Order, Done>(simple("ship", 200)), wide);
  handlers.Add("refund-payment", pawl::Typed<Order, Done>(simple("refund", 100)), wide);
  // The request goes to the manager, who answers a while later with the token.
  handlers.Add(
      "approvals:request",
      pawl::Typed<Approval, Done>([ledger, client](const Approval& a, const pawl::Task& t) {
        std::thread([client, a] {
          Work(1500);
          // The engine may be down just now: the manager tries again.
          for (int i = 0; i < 60; ++i) {
            const absl::Status status =
                client->SendTaskSuccess(a.token, "{\"by\": \"the manager\"}");
            if (status.ok() || absl::IsFailedPrecondition(status)) return;
            Work(500);
          }
        }).detach();
        return ledger->Write("ask", t);
      }),
      wide);
  return handlers;
}

// The text of "key": "..." in JSON text that one of our handlers wrote.
std::vector<std::string> KeysIn(const std::string& json) {
  std::vector<std::string> keys;
  const std::string marker = "\\\"key\\\":\\\"";
  for (size_t at = json.find(marker); at != std::string::npos; at = json.find(marker, at)) {
    at += marker.size();
    keys.push_back(json.substr(at, json.find("\\\"", at) - at));
  }
  return keys;
}

int Verify(pawl::Client& client, const std::string& ledger_path, int orders) {
  std::map<std::string, int> done;  // by idempotency key
  std::ifstream ledger(ledger_path);
  int lines = 0;
  for (std::string key, step; ledger >> key >> step; ++lines) ++done[key];
  int ended = 0, applied = 0, lost = 0, twice = 0;
  std::map<std::string, int> outcomes;
  std::set<std::string> seen;
  for (int i = 1; i <= orders; ++i) {
    const std::string name = "order/order-" + std::to_string(i);
    const auto info = client.Describe(name);
    if (!info.ok() || !info->is_closed()) {
      std::printf("%s has not ended\n", name.c_str());
      continue;
    }
    ++ended;
    std::string last_state;
    pawl::Pages<pawl::HistoryEvent> pages = client.HistoryPages(name);
    while (pages.Next()) {
      for (const pawl::HistoryEvent& event : pages.items()) {
        if (event.type == "SucceedStateEntered") {
          const size_t at = event.details_json.find("\"name\":\"") + 8;
          last_state = event.details_json.substr(at, event.details_json.find('"', at) - at);
        }
        if (event.type != "TaskSucceeded" && event.type != "TaskSubmitted") continue;
        for (const std::string& key : KeysIn(event.details_json)) {
          ++applied;
          if (!seen.insert(key).second) ++twice;  // one step's result in two places
          if (done.count(key) == 0) ++lost;       // recorded, and never done
        }
      }
    }
    if (!pages.status().ok()) {
      std::printf("%s has no history: %s\n", name.c_str(), pages.status().ToString().c_str());
      return 1;
    }
    ++outcomes[last_state];
  }
  int repeated = 0;
  for (const auto& [key, times] : done) repeated += times > 1 ? 1 : 0;
  std::printf("\n%d of %d orders ended:", ended, orders);
  for (const auto& [state, count] : outcomes) std::printf(" %d %s", count, state.c_str());
  std::printf("\n%d steps recorded; %d lost, %d applied twice\n", applied, lost, twice);
  std::printf(
      "%d times a worker did a step again that the crash had left unanswered (same idempotency "
      "key)\n",
      repeated);
  return ended == orders && lost == 0 && twice == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string engine = "127.0.0.1:7233", ledger_path = "order-ledger.txt";
  int verify = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--engine") engine = argv[i + 1];
    if (flag == "--ledger") ledger_path = argv[i + 1];
    if (flag == "--verify") verify = std::atoi(argv[i + 1]);
  }
  const pawl::ConnectOptions connect = {.addresses = {engine}};
  auto client = std::make_shared<pawl::Client>(connect);
  if (verify > 0) return Verify(*client, ledger_path, verify);
  pawl::Worker worker(MakeHandlers(std::make_shared<Ledger>(ledger_path), client), connect,
                      {.backoff_max = absl::Seconds(1)});
  const absl::Status status = worker.RunUntilSignal();
  if (!status.ok()) std::fprintf(stderr, "order-worker: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
