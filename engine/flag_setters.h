// How a flag's text becomes a value: readers that check it and say what would be right.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/flags.h"

namespace pawl {

// Stores `text` in the flags. InvalidArgument says what is expected instead ("a whole number from 1
// to 1000"), without the flag's name and without `text`.
using FlagSetter = std::function<absl::Status(const std::string& text, EngineFlags* flags)>;

struct Flag {
  std::string name;
  std::string value_name;  // "" for a switch
  std::string default_text;
  std::string help;
  FlagSetter set;
};

// Each of these: InvalidArgument says what is expected.
absl::StatusOr<int64_t> ReadNumber(const std::string& text, int64_t min, int64_t max);
absl::StatusOr<absl::Duration> ReadDuration(const std::string& text, absl::Duration min,
                                            absl::Duration max);
absl::StatusOr<bool> ReadSwitch(const std::string& text);
// HOST:PORT or [IPV6]:PORT with a port of 0 to 65535; 0 picks a free one.
absl::Status CheckListenAddress(const std::string& text);
// 12 digits, as AWS has them.
absl::Status CheckAccount(const std::string& text);
// Lower-case letters, digits and dashes ("eu-central-1"), 1 to 32: it becomes a part of ARNs.
absl::Status CheckRegion(const std::string& text);
absl::Status CheckNotEmpty(const std::string& text);

// `get(flags)` is a reference to the field that the value goes to.
template <typename Get>
FlagSetter Number(Get get, int64_t min, int64_t max) {
  return [=](const std::string& text, EngineFlags* flags) {
    const absl::StatusOr<int64_t> number = ReadNumber(text, min, max);
    if (!number.ok()) return number.status();
    auto& field = get(*flags);
    field = static_cast<std::remove_reference_t<decltype(field)>>(*number);
    return absl::OkStatus();
  };
}

template <typename Get>
FlagSetter Time(Get get, absl::Duration min, absl::Duration max) {
  return [=](const std::string& text, EngineFlags* flags) {
    const absl::StatusOr<absl::Duration> duration = ReadDuration(text, min, max);
    if (!duration.ok()) return duration.status();
    get(*flags) = *duration;
    return absl::OkStatus();
  };
}

template <typename Get>
FlagSetter Switch(Get get) {
  return [=](const std::string& text, EngineFlags* flags) {
    const absl::StatusOr<bool> value = ReadSwitch(text);
    if (!value.ok()) return value.status();
    get(*flags) = *value;
    return absl::OkStatus();
  };
}

template <typename Get>
FlagSetter Text(Get get, absl::Status (*check)(const std::string&) = &CheckNotEmpty) {
  return [=](const std::string& text, EngineFlags* flags) {
    absl::Status status = check(text);
    if (status.ok()) get(*flags) = text;
    return status;
  };
}

// One of a few words, each with its value.
template <typename Value, typename Get>
FlagSetter Choice(Get get, std::vector<std::pair<std::string, Value>> choices) {
  return [get, choices = std::move(choices)](const std::string& text, EngineFlags* flags) {
    std::string words;
    for (const auto& [word, value] : choices) {
      if (word == text) {
        get(*flags) = value;
        return absl::OkStatus();
      }
      words += (words.empty() ? "" : ", ") + word;
    }
    return absl::InvalidArgumentError("one of " + words);
  };
}

}  // namespace pawl
