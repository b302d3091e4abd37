// Internal to the codecs: the places of payloads in a record, and what records share.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "engine/core/event.h"
#include "engine/value/json.h"
#include "engine/value/payload.h"
#include "engine/value/utf8.h"
#include "pawl/storage/v1/storage.pb.h"

namespace pawl::core {

namespace stored = storage::v1;

inline int64_t Micros(absl::Time time) { return absl::ToUnixMicros(time); }

// Gives payloads their place in a record; shared ones get one place.
class PayloadWriter {
 public:
  // `shares` false: every payload gets a place of its own.
  explicit PayloadWriter(google::protobuf::RepeatedPtrField<std::string>* out, bool shares = true)
      : out_(out), shares_(shares) {}

  // `payload` outlives the writer: it is known by its address.
  uint32_t Place(const Payload& payload) {
    if (!payload) return 0;
    if (!shares_) {
      *out_->Add() = payload.text();
      return static_cast<uint32_t>(out_->size());
    }
    const auto [it, is_new] =
        places_.emplace(payload.identity(), static_cast<uint32_t>(out_->size()) + 1);
    if (is_new) *out_->Add() = payload.text();
    return it->second;
  }
  // What is no payload of its own gets a place of its own.
  uint32_t PlaceValue(const Value& value) {
    *out_->Add() = ToJson(value);
    return static_cast<uint32_t>(out_->size());
  }

 private:
  google::protobuf::RepeatedPtrField<std::string>* out_;
  bool shares_;
  absl::flat_hash_map<const void*, uint32_t> places_;
};

class PayloadReader {
 public:
  explicit PayloadReader(google::protobuf::RepeatedPtrField<std::string>* texts) {
    payloads_.reserve(static_cast<size_t>(texts->size()));
    for (std::string& text : *texts) {
      is_text_ = is_text_ && IsValidUtf8(text);
      payloads_.push_back(Payload::FromTrustedText(std::move(text)));
    }
  }
  // False where a payload is not UTF-8: the row is damaged.
  bool is_text() const { return is_text_; }
  // False for a place that does not exist.
  [[nodiscard]] bool Get(uint32_t place, Payload* out) const {
    if (place > payloads_.size()) return false;
    if (place > 0) *out = payloads_[place - 1];
    return true;
  }

 private:
  std::vector<Payload> payloads_;
  bool is_text_ = true;
};

void EncodeParent(const ParentLink& parent, stored::Parent* out);
ParentLink DecodeParent(const stored::Parent& in);

// Without the id, which follows from the transition's.
void EncodeEvent(const Event& event, int64_t base_us, PayloadWriter* payloads, stored::Event* out);
// False where this build does not know its type, or a payload is not there.
[[nodiscard]] bool DecodeEvent(stored::Event* in, int64_t base_us, const PayloadReader& payloads,
                               Event* event);

}  // namespace pawl::core
