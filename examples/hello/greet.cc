#include "greet.h"

#include <string>

#include "pawl/typed.h"

namespace {

struct Person {
  std::string name;
};
PAWL_FIELDS(Person, name)

struct Greeting {
  std::string text;
};
PAWL_FIELDS(Greeting, text)

pawl::ResultOf<Greeting> Greet(const Person& person) {
  if (person.name.empty()) return pawl::Fail("NobodyThere", "the name is empty");
  return Greeting{"Hello, " + person.name + "!"};
}

}  // namespace

pawl::Handlers HelloHandlers() {
  pawl::Handlers handlers;
  handlers.Add("Greet", pawl::Typed<Person, Greeting>(&Greet), {.max_concurrency = 8});
  return handlers;
}
