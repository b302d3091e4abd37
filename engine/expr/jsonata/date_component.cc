// The components of an instant, the ISO weeks of years and months among them.
#include <cmath>

#include "engine/expr/jsonata/date_time.h"

namespace pawl::expr::jsonata {
namespace {

constexpr double kMillisPerDay = 86400000;

absl::CivilDay DayOf(double millis) {
  return absl::CivilDay(1970, 1, 1) + static_cast<int64_t>(std::floor(millis / kMillisPerDay));
}

// 1 is Monday.
int WeekdayOf(absl::CivilDay day) { return static_cast<int>(absl::GetWeekday(day)) + 1; }

// The Monday of the week that has the first Thursday of the year or month that `first` begins.
absl::CivilDay FirstWeek(absl::CivilDay first) {
  const int weekday = WeekdayOf(first);
  return weekday > 4 ? first + (8 - weekday) : first - (weekday - 1);
}

// The number of the week of `day` in its year or month: `period` is CivilYear or CivilMonth.
template <typename Period>
int WeekOf(absl::CivilDay day) {
  const Period period(day);
  absl::CivilDay start = FirstWeek(absl::CivilDay(period));
  if (day < start) start = FirstWeek(absl::CivilDay(period - 1));
  if (day >= FirstWeek(absl::CivilDay(period + 1))) return 1;
  return static_cast<int>((day - start) / 7) + 1;
}

// The year or month to which the week of `day` belongs.
template <typename Period>
Period PeriodOfWeek(absl::CivilDay day) {
  const Period period(day);
  if (day < FirstWeek(absl::CivilDay(period))) return period - 1;
  return day >= FirstWeek(absl::CivilDay(period + 1)) ? period + 1 : period;
}

}  // namespace

double MillisOf(absl::CivilDay day) {
  return static_cast<double>(day - absl::CivilDay(1970, 1, 1)) * kMillisPerDay;
}

int DateComponent(double millis, char component) {
  const absl::CivilDay day = DayOf(millis);
  const auto in_day = static_cast<int>(millis - MillisOf(day));
  const int hour = in_day / 3600000;
  switch (component) {
    case 'Y':
      return static_cast<int>(day.year());
    case 'M':
      return day.month();
    case 'D':
      return day.day();
    case 'd':
      return static_cast<int>(day - absl::CivilDay(day.year(), 1, 1)) + 1;
    case 'F':
      return WeekdayOf(day);
    case 'W':
      return WeekOf<absl::CivilYear>(day);
    case 'w':
      return WeekOf<absl::CivilMonth>(day);
    case 'X':
      return static_cast<int>(PeriodOfWeek<absl::CivilYear>(day).year());
    case 'x':
      return PeriodOfWeek<absl::CivilMonth>(day).month();
    case 'H':
      return hour;
    case 'h':
      return hour % 12 == 0 ? 12 : hour % 12;
    case 'P':
      return hour >= 12 ? 1 : 0;
    case 'm':
      return in_day / 60000 % 60;
    case 's':
      return in_day / 1000 % 60;
    case 'f':
      return in_day % 1000;
    default:
      return 0;
  }
}

}  // namespace pawl::expr::jsonata
