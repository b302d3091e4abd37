#include "engine/value/value.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <charconv>
#include <cmath>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "engine/value/check.h"
#include "engine/value/json.h"
#include "engine/value/number.h"

namespace pawl {
namespace {

constexpr size_t kIndexAbove = 8;                   // members; below, a scan is faster
constexpr uint64_t kMaxWeight = uint64_t{1} << 62;  // saturates, so that sums never wrap
constexpr uint64_t kScalarWeight = 8;
constexpr size_t kMaxDoubleText = 24;  // no double has a longer shortest text

uint64_t AddWeight(uint64_t a, uint64_t b) { return std::min(a + b, kMaxWeight); }

}  // namespace

struct Value::Node {
  Node(uint32_t node_depth, uint64_t node_weight) : depth(node_depth), weight(node_weight) {}

  std::atomic<uint32_t> references{1};
  const uint32_t depth;
  const uint64_t weight;
};

struct Value::StringNode : Node {
  explicit StringNode(std::string&& s) : Node(0, s.size() + 2), text(std::move(s)) {}
  const std::string text;
};

struct Value::NumberNode : Node {
  explicit NumberNode(absl::string_view s)
      : Node(0, s.size()), text(s), nearest(internal::TextToDouble(s)) {}
  const std::string text;
  const double nearest;
};

struct Value::ArrayNode : Node {
  static uint32_t DepthOf(const Elements& elements) {
    uint32_t deepest = 0;
    for (const Value& v : elements) deepest = std::max(deepest, v.depth());
    return deepest + 1;
  }
  static uint64_t WeightOf(const Elements& elements) {
    uint64_t sum = 2;
    for (const Value& v : elements) sum = AddWeight(sum, v.weight() + 1);
    return sum;
  }
  explicit ArrayNode(Elements&& e) : Node(DepthOf(e), WeightOf(e)), elements(std::move(e)) {}
  const Elements elements;
};

struct Value::ObjectNode : Node {
  // Keys point into `members`.
  using Index = absl::flat_hash_map<absl::string_view, uint32_t>;

  static uint32_t DepthOf(const Members& members) {
    uint32_t deepest = 0;
    for (const Member& m : members) deepest = std::max(deepest, m.second.depth());
    return deepest + 1;
  }
  static uint64_t WeightOf(const Members& members) {
    uint64_t sum = 2;
    for (const Member& m : members) sum = AddWeight(sum, m.first.size() + 4 + m.second.weight());
    return sum;
  }
  ObjectNode(Members&& m, std::unique_ptr<Index> i)
      : Node(DepthOf(m), WeightOf(m)), members(std::move(m)), index(std::move(i)) {}

  static std::unique_ptr<Index> MakeUnique(Members* members);

  const Members members;               // keys are unique
  const std::unique_ptr<Index> index;  // null for few members
};

// Lets the later of two members with the same key win, in the place of the first, and returns the
// index that an object of this size needs.
std::unique_ptr<Value::ObjectNode::Index> Value::ObjectNode::MakeUnique(Members* members) {
  std::vector<bool> superseded;
  const auto supersede = [&](size_t first, size_t later) {
    superseded.resize(members->size());
    superseded[later] = true;
    (*members)[first].second = std::move((*members)[later].second);
  };
  const auto drop_superseded = [&] {
    size_t kept = 0;
    for (size_t i = 0; i < members->size(); ++i) {
      if (superseded[i]) continue;
      if (kept != i) (*members)[kept] = std::move((*members)[i]);
      ++kept;
    }
    members->resize(kept);
  };

  if (members->size() <= kIndexAbove) {
    for (size_t i = 1; i < members->size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if ((*members)[j].first != (*members)[i].first) continue;
        supersede(j, i);
        break;
      }
    }
    if (!superseded.empty()) drop_superseded();
    return nullptr;
  }
  auto index = std::make_unique<Index>();
  index->reserve(members->size());
  for (size_t i = 0; i < members->size(); ++i) {
    const auto [it, is_new] = index->try_emplace((*members)[i].first, static_cast<uint32_t>(i));
    if (!is_new) supersede(it->second, i);
  }
  if (superseded.empty()) return index;
  index.reset();  // its keys would dangle once members move
  drop_superseded();
  return MakeUnique(members);
}

Value::Value(Kind kind, Node* node) noexcept : kind_(kind), bits_(std::bit_cast<uint64_t>(node)) {}

Value::Node* Value::node() const { return std::bit_cast<Node*>(bits_); }

void Value::Retain() const noexcept { node()->references.fetch_add(1, std::memory_order_relaxed); }

void Value::Release() noexcept {
  Node* const n = node();
  if (n->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  switch (kind_) {
    case Kind::kBigNumber:
      delete static_cast<NumberNode*>(n);
      return;
    case Kind::kString:
      delete static_cast<StringNode*>(n);
      return;
    case Kind::kArray:
      delete static_cast<ArrayNode*>(n);
      return;
    case Kind::kObject:
      delete static_cast<ObjectNode*>(n);
      return;
    case Kind::kNull:
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kDouble:
      return;
  }
}

int64_t Value::RawInt() const { return std::bit_cast<int64_t>(bits_); }
double Value::RawDouble() const { return std::bit_cast<double>(bits_); }

Value Value::Bool(bool b) { return Value(Kind::kBool, b ? uint64_t{1} : uint64_t{0}); }

Value Value::Int(int64_t n) { return Value(Kind::kInt, std::bit_cast<uint64_t>(n)); }

Value Value::Double(double d) {
  PAWL_CHECK(std::isfinite(d));
  return Value(Kind::kDouble, std::bit_cast<uint64_t>(d));
}

Value Value::NumberFromText(absl::string_view text) {
  if (text.find_first_of(".eE") == absl::string_view::npos) {
    int64_t n = 0;
    const char* end = text.data() + text.size();
    const auto [p, error] = std::from_chars(text.data(), end, n);
    if (error == std::errc() && p == end && text != "-0") return Int(n);
  } else if (text.size() <= kMaxDoubleText) {
    const double d = internal::TextToDouble(text);
    if (DoubleToText(d) == text) return Double(d);
  }
  return Value(Kind::kBigNumber, new NumberNode(text));
}

Value Value::String(absl::string_view s) { return String(std::string(s)); }

Value Value::String(std::string&& s) { return Value(Kind::kString, new StringNode(std::move(s))); }

Value Value::Array(Elements elements) {
  return Value(Kind::kArray, new ArrayNode(std::move(elements)));
}

Value Value::Object(Members members) {
  auto index = ObjectNode::MakeUnique(&members);
  return Value(Kind::kObject, new ObjectNode(std::move(members), std::move(index)));
}

Value Value::EmptyObject() { return Object({}); }

bool Value::AsBool() const {
  PAWL_CHECK(is_bool());
  return bits_ != 0;
}

double Value::AsDouble() const {
  PAWL_CHECK(is_number());
  if (kind_ == Kind::kInt) return static_cast<double>(RawInt());
  if (kind_ == Kind::kDouble) return RawDouble();
  return static_cast<const NumberNode*>(node())->nearest;
}

bool Value::ToInt64(int64_t* n) const {
  if (kind_ == Kind::kInt) {
    *n = RawInt();
    return true;
  }
  if (kind_ == Kind::kDouble) return internal::DoubleToInt64(RawDouble(), n);
  if (kind_ != Kind::kBigNumber) return false;
  return internal::DecimalToInt64(internal::ParseDecimal(NumberText()), n);
}

const std::string& Value::AsString() const {
  PAWL_CHECK(is_string());
  return static_cast<const StringNode*>(node())->text;
}

const Value::Elements& Value::AsArray() const {
  PAWL_CHECK(is_array());
  return static_cast<const ArrayNode*>(node())->elements;
}

const Value::Members& Value::AsObject() const {
  PAWL_CHECK(is_object());
  return static_cast<const ObjectNode*>(node())->members;
}

const std::string& Value::NumberText() const {
  return static_cast<const NumberNode*>(node())->text;
}

const Value* Value::Find(absl::string_view key) const {
  if (!is_object()) return nullptr;
  const auto* object = static_cast<const ObjectNode*>(node());
  if (object->index != nullptr) {
    const auto it = object->index->find(key);
    return it == object->index->end() ? nullptr : &object->members[it->second].second;
  }
  for (const Member& m : object->members) {
    if (m.first == key) return &m.second;
  }
  return nullptr;
}

uint32_t Value::depth() const { return has_node() ? node()->depth : 0; }

uint64_t Value::weight() const { return has_node() ? node()->weight : kScalarWeight; }

bool Value::NumbersEqual(const Value& a, const Value& b) {
  if (a.is_int() && b.is_int()) return a.RawInt() == b.RawInt();
  if (a.kind_ == Kind::kDouble && b.kind_ == Kind::kDouble) return a.RawDouble() == b.RawDouble();
  if (a.kind_ == Kind::kDouble || b.kind_ == Kind::kDouble) {
    const Value& whole = a.kind_ == Kind::kDouble ? b : a;
    if (!whole.is_int()) return a.AsDouble() == b.AsDouble();
    int64_t n = 0;
    return internal::DoubleToInt64((a.is_int() ? b : a).RawDouble(), &n) && n == whole.RawInt();
  }
  return internal::ParseDecimal(ToJson(a)) == internal::ParseDecimal(ToJson(b));
}

bool operator==(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return Value::NumbersEqual(a, b);
  if (a.kind_ != b.kind_) return false;
  if (a.has_node() && a.bits_ == b.bits_) return true;
  switch (a.kind_) {
    case Value::Kind::kNull:
      return true;
    case Value::Kind::kBool:
      return a.bits_ == b.bits_;
    case Value::Kind::kString:
      return a.AsString() == b.AsString();
    case Value::Kind::kArray:
      return a.AsArray() == b.AsArray();
    case Value::Kind::kObject: {
      if (a.AsObject().size() != b.AsObject().size()) return false;
      for (const Value::Member& m : a.AsObject()) {
        const Value* other = b.Find(m.first);
        if (other == nullptr || !(m.second == *other)) return false;
      }
      return true;
    }
    case Value::Kind::kInt:
    case Value::Kind::kDouble:
    case Value::Kind::kBigNumber:
      break;
  }
  return false;
}

absl::string_view KindName(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return "boolean";
    case Value::Kind::kInt:
    case Value::Kind::kDouble:
    case Value::Kind::kBigNumber:
      return "number";
    case Value::Kind::kString:
      return "string";
    case Value::Kind::kArray:
      return "array";
    case Value::Kind::kObject:
      return "object";
  }
  return "";
}

}  // namespace pawl
