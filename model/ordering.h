// The ordering rules of AArch64 virtual memory, each stated once: what a barrier waits for and what
// it holds back, which translations a TLBI or an SMMU command removes and when it is complete,
// which descriptors a TLB may hold, what a walk waits for.
//
// Source: Arm's memory model for virtual memory (aarch64.cat, aarch64hwreqs.cat), relation names in
// `kRules`; docs/machine.md has the rules in prose. A rule can be dropped, to see which tests
// notice; with every rule in place `OrderingRules` is the architecture.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string_view>

#include "model/action.h"
#include "model/instruction.h"

namespace tlbmc {

// Classes of events that barriers tell apart.
enum class EventClass {
  read,             // explicit read
  read_no_result,   // of an atomic that returns nothing: not a load for DSB LD and DMB LD
  write,            // explicit write
  walk,             // the read of a descriptor by a walker, or its use from a TLB
  hardware_update,  // a walker sets AF, or makes a descriptor dirty
  fault,            // an MMU fault
  tlbi,
  command,       // an invalidation in the queue of an SMMU
  command_sync,  // CMD_SYNC, with the polling for its completion
  dsb,
  dmb,
  context_sync  // ISB, exception entry, exception return
};

enum class AccessOrder { full, loads, stores };

// FEAT_ETS2 and FEAT_ETS3: when a walk waits for what comes before it in program order.
enum class Ets { none, ets2, ets3 };

// The rules that can be dropped or weakened one at a time.
enum class Rule {
  stale_entries,  // a TLB may hold any cacheable version since the last invalidation
  tlbi_invalidates,
  dsb_completes_tlbi,
  tlbi_waits_for_accesses,  // of other PEs that were translated through what it removes
  broadcast_reaches_all,
  local_reaches_own_only,
  invalid_not_cached,
  permission_fault_cached,
  dsb_before_tlbi,        // a DSB orders an earlier store before a TLBI
  dmb_not_before_tlbi,    // a DMB does not
  order_not_before_tlbi,  // nor does program order
  dsb_ld_loads_only,
  by_va_page_only,
  isb_resynchronises,  // later walks wait for it
  isb_waits,           // for earlier walks, branches and addresses
  dsb_alone_no_walks,  // without ETS2, later walks do not wait for a DSB
  dmb_no_walks,
  ets2_dsb,
  ets2_fault,
  va_coherence,
  tlbi_needs_dsb,               // a TLBI that no DSB completes constrains nothing
  leaf_only_keeps_tables,       // a leaf-only TLBI leaves walk caches alone
  atc_invalidation_after_sync,  // an ATC can be filled again from an SMMU TLB that is still stale
  command_sync_completes,
  commands_after_stores  // a store is before a command only if a barrier orders it
};
inline constexpr std::size_t kRuleCount = 25;

struct RuleText {
  Rule rule;
  std::string_view name;    // as given to --without-rule
  std::string_view broken;  // what is believed without it
  std::string_view source;
  bool equivalent = false;  // nothing can tell: an equivalent mutation
};
extern const std::array<RuleText, kRuleCount> kRules;
std::optional<Rule> rule_named(std::string_view name);

// An invalidation, by a TLBI or by a command.
struct Invalidation {
  EventClass by = EventClass::tlbi;  // or command
  bool atc = false;                  // CMD_ATC_INV; other commands are of the SMMU's TLB
  bool broadcast = true;             // of a TLBI: ...IS
  bool all_pages = false;            // not by address
  bool leaf_only = false;
};
// Who may hold translations that it removes.
struct Recipient {
  bool issuer = false;  // the PE that executes it
  bool device = false;  // behind an SMMU
  bool ats = false;     // with an ATC of its own
  bool btm = false;     // its SMMU takes part in broadcast TLBIs
};

struct OrderingRules {
  Ets ets = Ets::none;
  std::bitset<kRuleCount> dropped;

  [[nodiscard]] bool holds(Rule rule) const { return !dropped[static_cast<std::size_t>(rule)]; }
  [[nodiscard]] OrderingRules without(Rule rule) const;

  // Does a DSB wait until an earlier event of this class is done? (Rules 5, 6; of a TLBI: until it
  // is complete. A command is a store to the queue, a CMD_SYNC ends with a load from it.)
  [[nodiscard]] bool dsb_waits_for(AccessOrder order, EventClass earlier) const;
  [[nodiscard]] bool dmb_waits_for(AccessOrder order, EventClass earlier) const;
  [[nodiscard]] bool context_sync_waits_for(EventClass earlier) const;
  // Does an event of this class wait for an earlier barrier? (Rules 3 to 5.)
  [[nodiscard]] bool waits_for_dsb(EventClass later) const;
  [[nodiscard]] bool waits_for_dmb(EventClass later, AccessOrder order) const;
  [[nodiscard]] bool waits_for_context_sync(EventClass later) const;
  // What depends by control on the polling for a CMD_SYNC. (S3.)
  [[nodiscard]] bool waits_for_command_sync(EventClass later) const;
  // Is it after earlier accesses without a barrier? Not in the architecture. (Rule 5, S1.)
  [[nodiscard]] bool waits_for_accesses(EventClass later) const;
  // Is a walk that ends in such a fault ordered after all earlier accesses? FEAT_ETS2 is a PE's:
  // not of a device. (Rule 3.)
  [[nodiscard]] bool fault_waits_for_accesses(bool translation_or_access_flag, bool device) const;

  // Does the invalidation reach this recipient at all? (Rule 9, S9.)
  [[nodiscard]] bool reaches(const Invalidation& what, const Recipient& who) const;
  // Does it remove an entry there: the leaf entry of a page, or one of a table? `of_page`: its
  // address is of that page, or of one that is walked through that table. (Rules 9, 3.5.)
  [[nodiscard]] bool removes(const Invalidation& what, bool table_entry, bool of_page) const;
  // Does a later DSB say when it is in effect at this recipient? (Rule 6.)
  [[nodiscard]] bool dsb_completes(const Invalidation& what, const Recipient& who,
                                   AccessOrder order, bool own_only) const;
  // Does a later CMD_SYNC? (S2.)
  [[nodiscard]] static bool sync_completes(const Invalidation& what);
  // What completes it waits until it is in effect; ...
  [[nodiscard]] bool completion_waits(const Invalidation& what) const;
  // ... and until accesses of the recipient that went through what it removed are over (rule 7). An
  // SMMU does not wait for what a device does with translations from its own ATC. (S2.)
  [[nodiscard]] bool completion_waits_for_accesses(const Invalidation& what,
                                                   const Recipient& who) const;
  // So is the walk of an earlier access to the same offset of a page (rule 8): of a PE.
  [[nodiscard]] bool coherent_by_address(const Recipient& who) const;
};

// What a kernel's barrier does to the observers that all CPUs share, by the rules above.
struct BarrierEffect {
  bool waits_for_stores;  // PTE stores are visible to walkers
  bool completes_tlbis;   // broadcast ones
  // PTE stores are before later SMMU commands, though they may not be visible yet. (A DSB has no
  // need of it: a store that is visible is before everything later.)
  bool precedes_commands;
  // Power ISA: only eieio, tlbsync, ptesync in this order complete a tlbie; which of them it is.
  int completion_step = 0;
  [[nodiscard]] bool any() const {
    return waits_for_stores || completes_tlbis || precedes_commands || completion_step > 0;
  }
};
BarrierEffect effect_of(BarrierKind kind);
// Whether the architecture has it.
bool has_barrier(Architecture architecture, BarrierKind kind);

// Does the action wait until the thread's PTE stores are visible? Barriers do, by the above. On x86
// (TSO; the interrupt serialises) so does what other agents get to see: a shootdown's interrupt, an
// IOMMU command.
bool waits_for_stores(const Action& action, Architecture architecture);

// Does an invalidation by all CPUs' TLBs, or by the SMMU, hit the tracked entry at this level? Not
// if it is local, for the tracked TLB may be another CPU's; if it is leaf-only and the entry is a
// walk cache's; if its hint names another level than the entry's.
bool hits(const TlbiAction& tlbi, Level level);
bool hits(const SmmuAction& tlbi, Level level);
bool hits(const IpiAction& ipi, Level level);

// What a descriptor says, as far as TLBs and faults go.
struct DescriptorBits {
  bool valid, access_flag, dirty, dirty_modifier, user;
};
// Who walks with it.
struct WalkerKind {
  bool sets_access_flag, sets_dirty, unprivileged;  // TCR_ELx.HA, .HD; EL0
};
enum class FaultKind { none, translation, access_flag, permission };
FaultKind fault_of(const DescriptorBits& bits, const WalkerKind& walker, bool write);
// Must the walker write the descriptor (set AF, make it dirty) to use it?
bool needs_update(const DescriptorBits& bits, const WalkerKind& walker, bool write);
// May a TLB hold it? (Rule 2: valid and AF set, whatever it permits.)
bool cacheable(const DescriptorBits& bits, const WalkerKind& walker, bool write,
               const OrderingRules& rules);

}  // namespace tlbmc
