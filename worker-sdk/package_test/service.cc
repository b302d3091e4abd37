// Includes, compiles and links what a service needs; serves nobody.
#include <cstdint>
#include <cstdio>
#include <string>

#include "pawl/client.h"
#include "pawl/typed.h"
#include "pawl/worker.h"

struct Order {
  int64_t id = 0;
  double amount = 0;
};
PAWL_FIELDS(Order, id, amount)

struct Receipt {
  std::string number;
};
PAWL_FIELDS(Receipt, number)

int main() {
  pawl::Handlers handlers;
  handlers.Add("Charge", pawl::Typed<Order, Receipt>([](const Order& order) {
                 return Receipt{"r" + std::to_string(order.id)};
               }),
               {.max_concurrency = 4});
  const pawl::ConnectOptions connect = {.addresses = {"127.0.0.1:1"},
                                        .call_timeout = absl::ZeroDuration()};
  pawl::Client client(connect);
  if (client.ListPages().Next()) return 1;  // nobody is there
  pawl::Worker worker(std::move(handlers), connect, {.name = "service"});
  std::puts("linked");
  return 0;
}
