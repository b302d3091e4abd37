#include "engine/expr/timestamp.h"

#include "absl/time/civil_time.h"

namespace pawl::expr {
namespace {

// Reads a timestamp from left to right; once something is missing, ok() stays false.
class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }

  void Expect(char c) {
    if (peek() == c && ok_) {
      rest_.remove_prefix(1);
    } else {
      ok_ = false;
    }
  }

  // Exactly `digits` digits that make a number from `low` to `high`.
  int Number(int digits, int low, int high) {
    int n = 0;
    for (int i = 0; i < digits; ++i) {
      if (!IsDigit(peek())) {
        ok_ = false;
        return low;
      }
      n = n * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    if (n < low || n > high) ok_ = false;
    return n;
  }

  // ".123": any number of digits; those beyond nanoseconds do not count.
  absl::Duration Fraction() {
    if (peek() != '.') return absl::ZeroDuration();
    rest_.remove_prefix(1);
    if (!IsDigit(peek())) ok_ = false;
    int64_t unit = 1'000'000'000;
    int64_t nanoseconds = 0;
    for (; IsDigit(peek()); rest_.remove_prefix(1)) {
      unit /= 10;
      nanoseconds += unit * (rest_[0] - '0');
    }
    return absl::Nanoseconds(nanoseconds);
  }

  // "Z" or "+01:30".
  absl::Duration Offset() {
    const char sign = peek();
    if (sign != '+' && sign != '-') {
      Expect('Z');
      return absl::ZeroDuration();
    }
    rest_.remove_prefix(1);
    const int hours = Number(2, 0, 23);
    Expect(':');
    const absl::Duration offset = absl::Hours(hours) + absl::Minutes(Number(2, 0, 59));
    return sign == '-' ? -offset : offset;
  }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace

absl::optional<absl::Time> ParseTimestamp(absl::string_view text) {
  Reader reader(text);
  const int year = reader.Number(4, 0, 9999);
  reader.Expect('-');
  const int month = reader.Number(2, 1, 12);
  reader.Expect('-');
  const int day = reader.Number(2, 1, 31);
  reader.Expect('T');
  const int hour = reader.Number(2, 0, 23);
  reader.Expect(':');
  const int minute = reader.Number(2, 0, 59);
  reader.Expect(':');
  const int second = reader.Number(2, 0, 59);
  const absl::Duration fraction = reader.Fraction();
  const absl::Duration offset = reader.Offset();
  if (!reader.ok() || !reader.at_end()) return absl::nullopt;
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.day() != day) return absl::nullopt;  // normalized: there is no 30 February
  return absl::FromCivil(civil, absl::UTCTimeZone()) + fraction - offset;
}

std::string FormatTimestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

}  // namespace pawl::expr
