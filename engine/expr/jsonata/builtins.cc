#include "engine/expr/jsonata/builtins.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "engine/expr/jsonata/functions.h"

namespace pawl::expr::jsonata {
namespace {

// By name, for a binary search (byte order: capitals first).
constexpr Builtin kBuiltins[] = {
    {"abs", "<n-:n>", 1, functions::Abs},
    {"append", "<xx:a>", 2, functions::Append, false},
    {"assert", "<bs?:x>", 2, functions::Assert, false},
    {"average", "<a<n>:n>", 1, functions::Average},
    {"base64decode", "<s-:s>", 1, functions::Base64Decode},
    {"base64encode", "<s-:s>", 1, functions::Base64Encode},
    {"boolean", "<x-:b>", 1, functions::Boolean},
    {"ceil", "<n-:n>", 1, functions::Ceil},
    {"clone", "<(oa)-:o>", 1, functions::Clone},
    {"contains", "<s-(sf):b>", 2, functions::Contains},
    {"count", "<a:n>", 1, functions::Count, false},
    {"decodeUrl", "<s-:s>", 1, functions::DecodeUrl},
    {"decodeUrlComponent", "<s-:s>", 1, functions::DecodeUrlComponent},
    {"distinct", "<x:x>", 1, functions::Distinct},
    {"each", "<o-f:a>", 2, functions::Each},
    {"encodeUrl", "<s-:s>", 1, functions::EncodeUrl},
    {"encodeUrlComponent", "<s-:s>", 1, functions::EncodeUrlComponent},
    {"error", "<s?:x>", 1, functions::RaiseError, false},
    {"exists", "<x:b>", 1, functions::Exists, false},
    {"filter", "<af>", 2, functions::Filter},
    {"floor", "<n-:n>", 1, functions::Floor},
    {"formatBase", "<n-n?:s>", 2, functions::FormatBase},
    {"formatInteger", "<n-s:s>", 2, functions::FormatInteger},
    {"formatNumber", "<n-so?:s>", 3, functions::FormatNumber},
    {"fromMillis", "<n-s?s?:s>", 3, functions::FromMillis},
    {"hash", "<x?x?:s>", 2, functions::Hash, false},
    {"join", "<a<s>s?:s>", 2, functions::Join},
    {"keys", "<x-:a<s>>", 1, functions::Keys},
    {"length", "<s-:n>", 1, functions::Length},
    {"lookup", "<x-s:x>", 2, functions::LookupKey},
    {"lowercase", "<s-:s>", 1, functions::Lowercase},
    {"map", "<af>", 2, functions::Map},
    {"match", "<s-f<s:o>n?:a<o>>", 3, functions::Match},
    {"max", "<a<n>:n>", 1, functions::Max},
    {"merge", "<a<o>:o>", 1, functions::Merge},
    {"millis", "<:n>", 0, functions::Millis, false},
    {"min", "<a<n>:n>", 1, functions::Min},
    {"not", "<x-:b>", 1, functions::Not},
    {"now", "<s?s?:s>", 2, functions::Now, false},
    {"number", "<(nsb)-:n>", 1, functions::Number},
    {"pad", "<s-ns?:s>", 3, functions::Pad},
    {"parse", "<x?:x>", 1, functions::Parse},
    {"parseInteger", "<s-s:n>", 2, functions::ParseInteger},
    {"partition", "<x?x?:a>", 2, functions::Partition},
    {"power", "<n-n:n>", 2, functions::Power},
    {"random", "<x?:n>", 0, functions::Random, false},
    {"range", "<x?x?x?:a>", 3, functions::Range, false},
    {"reduce", "<afj?:j>", 3, functions::Reduce},
    {"replace", "<s-(sf)(sf)n?:s>", 4, functions::Replace},
    {"reverse", "<a:a>", 1, functions::Reverse},
    {"round", "<n-n?:n>", 2, functions::Round},
    {"shuffle", "<a:a>", 1, functions::Shuffle},
    {"sift", "<o-f?:o>", 2, functions::Sift},
    {"single", "<af?>", 2, functions::Single},
    {"sort", "<af?:a>", 2, functions::Sort},
    {"split", "<s-(sf)n?:a<s>>", 3, functions::Split},
    {"spread", "<x-:a<o>>", 1, functions::Spread},
    {"sqrt", "<n-:n>", 1, functions::Sqrt},
    {"string", "<x-b?:s>", 1, functions::String},
    {"substring", "<s-nn?:s>", 3, functions::Substring},
    {"substringAfter", "<s-s:s>", 2, functions::SubstringAfter},
    {"substringBefore", "<s-s:s>", 2, functions::SubstringBefore},
    {"sum", "<a<n>:n>", 1, functions::Sum},
    {"toMillis", "<s-s?:n>", 2, functions::ToMillis},
    {"trim", "<s-:s>", 1, functions::Trim},
    {"type", "<x:s>", 1, functions::Type},
    {"uppercase", "<s-:s>", 1, functions::Uppercase},
    {"uuid", "<:s>", 0, functions::Uuid, false},
    {"zip", "<a+>", 0, functions::Zip, false},
};

// What is derived from the table, once per process and never changed.
struct Derived {
  std::vector<Signature> signatures;
  std::vector<Function> functions;
};

const Derived& DerivedOnce() {
  static const Derived& derived = *[] {
    auto* made = new Derived;
    for (const Builtin& builtin : kBuiltins) {
      made->signatures.push_back(Signature::Parse(builtin.signature));
      made->functions.emplace_back(Function::Kind::kBuiltin).builtin = &builtin;
    }
    return made;
  }();
  return derived;
}

size_t IndexOf(const Builtin& builtin) { return static_cast<size_t>(&builtin - kBuiltins); }

}  // namespace

const Builtin* FindBuiltin(absl::string_view name) {
  const Builtin* found = std::lower_bound(
      std::begin(kBuiltins), std::end(kBuiltins), name,
      [](const Builtin& builtin, absl::string_view wanted) { return builtin.name < wanted; });
  return found != std::end(kBuiltins) && found->name == name ? found : nullptr;
}

const Signature& SignatureOf(const Builtin& builtin) {
  return DerivedOnce().signatures[IndexOf(builtin)];
}

const Function* FunctionOf(const Builtin& builtin) {
  return &DerivedOnce().functions[IndexOf(builtin)];
}

}  // namespace pawl::expr::jsonata
