#include "engine/runtime/world/virtual_world.h"

#include <algorithm>
#include <utility>

namespace pawl::runtime {

class VirtualWorld::VirtualClock final : public Clock {
 public:
  explicit VirtualClock(const VirtualWorld* world) : world_(world) {}
  absl::Time Now() const override { return world_->now_ + world_->wall_step_; }
  absl::Duration Steady() const override { return world_->now_ - world_->start_; }

 private:
  const VirtualWorld* world_;
};

class VirtualWorld::VirtualAlarm final : public Alarm {
 public:
  VirtualAlarm(VirtualWorld* world, Work work)
      : world_(world), work_(std::make_shared<Work>(std::move(work))) {}
  ~VirtualAlarm() override { ++*generation_; }
  void Set(absl::Duration at) override {
    const int64_t generation = ++*generation_;
    if (at == absl::InfiniteDuration()) return;
    world_->Add(world_->start_ + at, [work = work_, current = generation_, generation] {
      if (*current == generation) (*work)();
    });
  }

 private:
  VirtualWorld* world_;
  std::shared_ptr<Work> work_;
  std::shared_ptr<int64_t> generation_ = std::make_shared<int64_t>(0);
};

class VirtualWorld::VirtualStrand final : public Strand {
 public:
  explicit VirtualStrand(VirtualWorld* world) : world_(world) {}
  void Post(Work work) override { world_->Add(world_->now_, std::move(work)); }
  void PostAfter(absl::Duration delay, Work work) override {
    if (delay == absl::InfiniteDuration()) return;
    world_->Add(world_->now_ + delay, std::move(work));
  }
  std::unique_ptr<Alarm> NewAlarm(Work work) override {
    return std::make_unique<VirtualAlarm>(world_, std::move(work));
  }
  bool Leave() override { return world_->may_leave_; }

 private:
  VirtualWorld* world_;
};

class VirtualWorld::VirtualStore final : public StoreAccess {
 public:
  VirtualStore(VirtualWorld* world, persistence::Store* store) : world_(world), store_(store) {}
  void Commit(std::shared_ptr<const persistence::CommitBatch> batch, Strand* strand,
              absl::AnyInvocable<void(persistence::CommitOutcome)> done) override {
    world_->Add(world_->now_,
                [this, batch = std::move(batch), strand, done = std::move(done)]() mutable {
                  persistence::CommitOutcome outcome = store_->Commit(*batch);
                  strand->Post([outcome = std::move(outcome), done = std::move(done)]() mutable {
                    done(std::move(outcome));
                  });
                });
  }
  void Read(ReadLane, absl::AnyInvocable<void(persistence::Store&)> work, Strand* strand,
            Work done) override {
    world_->Add(world_->now_,
                [this, work = std::move(work), strand, done = std::move(done)]() mutable {
                  work(*store_);
                  strand->Post(std::move(done));
                });
  }
  persistence::Store& store() override { return *store_; }

 private:
  VirtualWorld* world_;
  persistence::Store* store_;
};

class VirtualWorld::VirtualBlocking final : public Blocking {
 public:
  explicit VirtualBlocking(VirtualWorld* world) : world_(world) {}
  void Run(Work work, Strand* strand, Work done) override {
    world_->Add(world_->now_, [work = std::move(work), strand, done = std::move(done)]() mutable {
      work();
      strand->Post(std::move(done));
    });
  }

 private:
  VirtualWorld* world_;
};

VirtualWorld::VirtualWorld(persistence::Store* store, uint64_t seed, absl::Time start)
    : now_(start),
      start_(start),
      random_(seed),
      clock_(std::make_unique<VirtualClock>(this)),
      strand_(std::make_unique<VirtualStrand>(this)),
      store_(std::make_unique<VirtualStore>(this, store)),
      blocking_(std::make_unique<VirtualBlocking>(this)) {}

VirtualWorld::~VirtualWorld() = default;

WorldRef VirtualWorld::ref(objects::ObjectStore* objects, core::Listener* listener) {
  WorldRef world;
  world.clock = clock_.get();
  world.store = store_.get();
  world.blocking = blocking_.get();
  world.slow = blocking_.get();
  world.objects = objects;
  world.seed = [this] { return random_.Next(); };
  world.listener = listener;
  // There is one engine at a time in a virtual world; whoever owned a range before it is gone.
  world.is_dead = [](const std::string&) { return true; };
  return world;
}

Strand* VirtualWorld::strand() { return strand_.get(); }

void VirtualWorld::Add(absl::Time time, Work work) {
  if (time == absl::InfiniteFuture()) return;
  items_.push(Item{std::max(time, now_), next_order_++, std::make_shared<Work>(std::move(work))});
}

bool VirtualWorld::RunOne() {
  if (items_.empty() || items_.top().time > now_) return false;
  const std::shared_ptr<Work> work = items_.top().work;
  items_.pop();
  (*work)();
  return true;
}

bool VirtualWorld::RunUntilIdle(int64_t max_steps) {
  for (int64_t i = 0; i < max_steps; ++i) {
    if (!RunOne()) return true;
  }
  return false;
}

absl::optional<absl::Time> VirtualWorld::next() const {
  if (items_.empty()) return absl::nullopt;
  return items_.top().time;
}

void VirtualWorld::AdvanceTo(absl::Time time) { now_ = std::max(now_, time); }

bool VirtualWorld::RunUntil(const std::function<bool()>& done, absl::Time until) {
  while (!done()) {
    if (RunOne()) continue;
    const absl::optional<absl::Time> due = next();
    if (!due.has_value() || *due > until) return false;
    AdvanceTo(*due);
  }
  return true;
}

}  // namespace pawl::runtime
