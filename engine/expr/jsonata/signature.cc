#include "engine/expr/jsonata/signature.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/workspace.h"

namespace pawl::expr::jsonata {
namespace {

char KindOf(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return 'l';
    case Value::Kind::kBool:
      return 'b';
    case Value::Kind::kInt:
    case Value::Kind::kDouble:
    case Value::Kind::kBigNumber:
      return 'n';
    case Value::Kind::kString:
      return 's';
    case Value::Kind::kArray:
      return 'a';
    case Value::Kind::kObject:
      return 'o';
  }
  return 'o';
}

char KindOf(const Item& item) {
  if (item.value() != nullptr) return KindOf(*item.value());
  if (item.function() != nullptr) return 'f';
  if (item.is_undefined()) return 'm';
  if (item.is_number()) return 'n';
  return item.is_array() ? 'a' : 'o';
}

absl::string_view Plural(absl::string_view type) {
  switch (type.empty() ? '\0' : type[0]) {
    case 'a':
      return "\"arrays\"";
    case 'b':
      return "\"booleans\"";
    case 'f':
      return "\"functions\"";
    case 'n':
      return "\"numbers\"";
    case 'o':
      return "\"objects\"";
    case 's':
      return "\"strings\"";
    default:
      return "undefined";
  }
}

// Of the bracket that balances the one at `open`; the end of `text` where none does.
size_t FindClosing(absl::string_view text, size_t open, char opening, char closing) {
  int depth = 1;
  for (size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == opening) ++depth;
    if (text[i] == closing && --depth == 0) return i;
  }
  return text.size();
}

bool Accepts(const std::string& accepts, char kind) {
  return accepts.find(kind) != std::string::npos;
}

}  // namespace

Signature Signature::Parse(absl::string_view text) {
  Signature signature;
  std::vector<Param>& params = signature.params_;
  for (size_t i = 1; i < text.size() && text[i] != ':'; ++i) {
    const char c = text[i];
    Param param;
    param.type = c;
    switch (c) {
      case 's':
      case 'n':
      case 'b':
      case 'l':
      case 'o':
        param.accepts = {c, 'm'};
        break;
      case 'f':
        param.accepts = "f";
        break;
      case 'j':
        param.accepts = "asnblom";
        break;
      case 'a':
      case 'x':
        param.accepts = "asnblfom";
        break;
      case '(': {
        const size_t close = FindClosing(text, i, '(', ')');
        param.accepts = std::string(text.substr(i + 1, close - i - 1));
        if (Accepts(param.accepts, '<')) {
          throw Raised("S0402").With("value", Quoted(param.accepts)).At(i);
        }
        param.accepts += 'm';
        i = close;
        break;
      }
      case '<': {
        if (params.empty() || (params.back().type != 'a' && params.back().type != 'f')) {
          throw Raised("S0401").At(i);
        }
        const size_t close = FindClosing(text, i, '<', '>');
        params.back().subtype = std::string(text.substr(i + 1, close - i - 1));
        i = close;
        continue;
      }
      case '-':
      case '?':
      case '+':
        if (!params.empty()) {
          params.back().optional |= c != '+';
          params.back().repeats |= c == '+';
          params.back().from_context |= c == '-';
        }
        continue;
      default:
        continue;
    }
    params.push_back(std::move(param));
  }
  return signature;
}

// Greedy, with backtracking, like the regular expression that a signature is in the reference. What
// has failed once is not tried again, so that time stays polynomial.
bool Signature::Match(const std::string& kinds, size_t param, size_t argument,
                      std::vector<size_t>* counts, std::vector<bool>* failed,
                      Workspace* workspace) const {
  if (param == params_.size()) return argument == kinds.size();
  const size_t here = param * (kinds.size() + 1) + argument;
  if ((*failed)[here]) return false;
  const Param& p = params_[param];
  size_t most = 0;
  const size_t limit = p.repeats ? kinds.size() - argument : 1;
  while (most < limit && argument + most < kinds.size() &&
         Accepts(p.accepts, kinds[argument + most])) {
    ++most;
  }
  const size_t least = p.optional ? 0 : 1;
  workspace->Work(most);
  for (size_t count = most + 1; count-- > least;) {
    (*counts)[param] = count;
    if (Match(kinds, param + 1, argument + count, counts, failed, workspace)) return true;
  }
  (*failed)[here] = true;
  return false;
}

void Signature::Refuse(const std::string& kinds) const {
  size_t good = 0;
  for (const Param& p : params_) {
    size_t count = 0;
    while (good + count < kinds.size() && (p.repeats || count == 0) &&
           Accepts(p.accepts, kinds[good + count])) {
      ++count;
    }
    if (count == 0 && !p.optional) break;
    good += count;
  }
  throw Raised("T0410").With("index", absl::StrCat(good + 1));
}

void Signature::CheckElements(const Param& param, const Item& argument, char kind, size_t matched,
                              size_t index, Workspace* workspace) {
  bool fits = true;
  if (kind != 'a') {
    fits = matched == 1 && param.subtype == std::string(1, kind);
  } else {
    const Elements elements(argument);
    workspace->Work(elements.size() / 4);
    for (size_t i = 0; i < elements.size() && fits; ++i) {
      const Value* value = elements.value(i);
      fits = (value != nullptr ? KindOf(*value) : KindOf(elements[i])) == param.subtype[0];
    }
  }
  if (fits) return;
  throw Raised("T0412")
      .With("index", absl::StrCat(index + 1))
      .With("type", std::string(Plural(param.subtype)));
}

void Signature::Apply(const Item& context, Arguments* arguments, Workspace* workspace) const {
  std::string kinds;
  for (const Item& argument : *arguments) kinds += KindOf(argument);
  std::vector<size_t> counts(params_.size());
  std::vector<bool> failed(params_.size() * (kinds.size() + 1));
  workspace->Work(3 + 2 * kinds.size() + failed.size() / 64);
  if (!Match(kinds, 0, 0, &counts, &failed, workspace)) Refuse(kinds);

  Arguments result;
  size_t next = 0;
  const auto take = [&]() { return next < arguments->size() ? (*arguments)[next++] : Item(); };
  for (size_t i = 0; i < params_.size(); ++i) {
    const Param& param = params_[i];
    if (counts[i] == 0 && param.from_context) {
      if (!Accepts(param.accepts, KindOf(context))) {
        throw Raised("T0411").With("index", absl::StrCat(next + 1));
      }
      result.push_back(context);
      continue;
    }
    if (counts[i] == 0) {
      result.push_back(Item());
      continue;
    }
    for (size_t n = 0; n < counts[i]; ++n) {
      const size_t index = next;
      const char kind = kinds[index];
      Item argument = take();
      if (param.type == 'a' && kind != 'm') {
        if (!param.subtype.empty()) {
          CheckElements(param, argument, kind, counts[i], index, workspace);
        }
        if (kind != 'a') {
          Ref<List> wrapped(new List);
          wrapped->depth = argument.depth() + 1;
          wrapped->items.push_back(std::move(argument));
          argument = Item(std::move(wrapped));
        }
      }
      result.push_back(std::move(argument));
    }
  }
  *arguments = std::move(result);
}

}  // namespace pawl::expr::jsonata
