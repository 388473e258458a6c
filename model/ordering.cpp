#include "model/ordering.h"

#include <algorithm>

namespace tlbmc {

const std::array<RuleText, kRuleCount> kRules{{
    {Rule::stale_entries, "stale-entries", "a TLB is always coherent",
     "TTD-obs: no fr edge from T"},
    {Rule::tlbi_invalidates, "tlbi-invalidates", "a TLBI has no effect", "TLBI-ca"},
    {Rule::dsb_completes_tlbi, "dsb-completes-tlbi", "a DSB does not wait for TLBIs",
     "DSB-ob: [TLBI]; po; [dsb.full]; po"},
    {Rule::tlbi_waits_for_accesses, "tlbi-waits-for-accesses",
     "a TLBI does not wait for accesses of other PEs that are under way",
     "tr-ib^-1; TTD-read-ordered-before & ext"},
    {Rule::broadcast_reaches_all, "broadcast-reaches-all", "a broadcast TLBI acts locally",
     "inv-scope"},
    {Rule::local_reaches_own_only, "local-reaches-own-only", "a local TLBI acts as a broadcast",
     "inv-scope: ((~TLBIIS)*(Imp&TTD&R)) & ext"},
    {Rule::invalid_not_cached, "invalid-not-cached", "invalid entries are cached",
     "TLBuncacheable-ca"},
    {Rule::permission_fault_cached, "permission-fault-cached",
     "entries that fault by permission are not cached", "TLBUncacheable"},
    {Rule::dsb_before_tlbi, "dsb-before-tlbi", "a store need not be before a TLBI even with a DSB",
     "DSB-ob: [Exp&W]; po; [dsb.st]; po; [TLBI]"},
    {Rule::dmb_not_before_tlbi, "dmb-not-before-tlbi", "a DMB before a TLBI is enough", "bob"},
    {Rule::order_not_before_tlbi, "order-not-before-tlbi", "program order before a TLBI is enough",
     "DSB-ob"},
    {Rule::dsb_ld_loads_only, "dsb-ld-loads-only", "a DSB LD acts as a full DSB",
     "DSB-ob: [(Exp&R)\\NoRet]; po; [dsb.ld]; po"},
    {Rule::by_va_page_only, "by-va-page-only", "a TLBI by VA invalidates everything", "inv-scope"},
    {Rule::isb_resynchronises, "isb-resynchronises", "an ISB does not resynchronise walks",
     "IFB-ob"},
    {Rule::isb_waits, "isb-waits", "an ISB does not wait for earlier walks, branches and addresses",
     "IFB-ob"},
    {Rule::dsb_alone_no_walks, "dsb-alone-no-walks",
     "a DSB alone resynchronises walks without ETS2", "DSB-ob: [~(Imp&TTD&M)]"},
    {Rule::dmb_no_walks, "dmb-no-walks", "a DMB orders walks", "bob"},
    {Rule::ets2_dsb, "ets2-dsb", "with ETS2 a DSB alone does not resynchronise walks",
     "DSB-ob if \"ETS2\""},
    {Rule::ets2_fault, "ets2-fault",
     "with ETS2 a walk that faults is not ordered after earlier accesses", "ets-ob"},
    {Rule::va_coherence, "va-coherence", "there is no coherence by virtual address",
     "same-low-order-bits & same-translation-context"},
    {Rule::tlbi_needs_dsb, "tlbi-needs-dsb", "a TLBI without a DSB takes effect by itself",
     "C_TLBI", true},
    {Rule::leaf_only_keeps_tables, "leaf-only-keeps-tables",
     "a leaf-only TLBI drops table entries too", "TLBI VALE1: last level only"},
    {Rule::atc_invalidation_after_sync, "atc-invalidation-after-sync",
     "an ATC is never filled from an SMMU TLB that is stale", "SMMUv3, ATS"},
    {Rule::command_sync_completes, "command-sync-completes",
     "a CMD_SYNC does not wait for earlier commands", "SMMUv3, CMD_SYNC"},
    {Rule::commands_after_stores, "commands-after-stores",
     "a store is before a later command without a barrier", "arm_smmu_cmdq_issue_cmdlist"},
}};

std::optional<Rule> rule_named(std::string_view name) {
  const auto found = std::find_if(kRules.begin(), kRules.end(),
                                  [&](const RuleText& text) { return text.name == name; });
  return found == kRules.end() ? std::nullopt : std::optional(found->rule);
}

OrderingRules OrderingRules::without(Rule rule) const {
  OrderingRules rules = *this;
  rules.dropped.set(static_cast<std::size_t>(rule));
  return rules;
}

bool OrderingRules::dsb_waits_for(AccessOrder order, EventClass earlier) const {
  if (order == AccessOrder::loads && !holds(Rule::dsb_ld_loads_only)) order = AccessOrder::full;
  switch (earlier) {
    case EventClass::read:
    case EventClass::command_sync: return order != AccessOrder::stores;
    case EventClass::read_no_result: return order == AccessOrder::full;
    case EventClass::write:
    case EventClass::command: return order != AccessOrder::loads;
    case EventClass::walk:
    case EventClass::hardware_update: return order == AccessOrder::full;
    case EventClass::tlbi: return order == AccessOrder::full && holds(Rule::dsb_completes_tlbi);
    case EventClass::dsb:
    case EventClass::context_sync: return true;
    case EventClass::fault:
    case EventClass::dmb: return false;
  }
  return false;
}

bool OrderingRules::dmb_waits_for(AccessOrder order, EventClass earlier) const {
  switch (earlier) {
    case EventClass::read:
    case EventClass::command_sync: return order != AccessOrder::stores;
    case EventClass::read_no_result: return order == AccessOrder::full;
    case EventClass::write:
    case EventClass::command: return order != AccessOrder::loads;
    default: return false;
  }
}

bool OrderingRules::context_sync_waits_for(EventClass earlier) const {
  if (earlier == EventClass::walk) return holds(Rule::isb_waits);
  return earlier == EventClass::dsb || earlier == EventClass::context_sync;
}

bool OrderingRules::waits_for_dsb(EventClass later) const {
  switch (later) {
    case EventClass::walk:
    case EventClass::hardware_update:
      return ets == Ets::none ? !holds(Rule::dsb_alone_no_walks) : holds(Rule::ets2_dsb);
    case EventClass::tlbi: return holds(Rule::dsb_before_tlbi);
    default: return true;
  }
}

bool OrderingRules::waits_for_dmb(EventClass later, AccessOrder order) const {
  switch (later) {
    case EventClass::read:
    case EventClass::read_no_result: return order != AccessOrder::stores;
    case EventClass::write:
    case EventClass::fault: return true;
    case EventClass::command:
    case EventClass::command_sync: return order != AccessOrder::loads;
    case EventClass::tlbi: return !holds(Rule::dmb_not_before_tlbi);
    case EventClass::walk: return !holds(Rule::dmb_no_walks);
    default: return false;
  }
}

bool OrderingRules::waits_for_context_sync(EventClass later) const {
  return later != EventClass::walk || holds(Rule::isb_resynchronises);
}

bool OrderingRules::waits_for_command_sync(EventClass later) const {
  switch (later) {
    case EventClass::write:
    case EventClass::hardware_update:
    case EventClass::tlbi:
    case EventClass::command:
    case EventClass::command_sync: return true;
    case EventClass::context_sync: return holds(Rule::isb_waits);
    default: return false;  // loads, walks, barriers: see dsb_waits_for(), dmb_waits_for()
  }
}

bool OrderingRules::waits_for_accesses(EventClass later) const {
  if (later == EventClass::tlbi) return !holds(Rule::order_not_before_tlbi);
  return later == EventClass::command && !holds(Rule::commands_after_stores);
}

bool OrderingRules::fault_waits_for_accesses(bool translation_or_access_flag, bool device) const {
  if (device || !holds(Rule::ets2_fault)) return false;
  return ets == Ets::ets3 || (ets == Ets::ets2 && translation_or_access_flag);
}

bool OrderingRules::reaches(const Invalidation& what, const Recipient& who) const {
  if (what.by == EventClass::command) return what.atc ? who.ats : who.device;
  const bool broadcast =
      what.broadcast ? holds(Rule::broadcast_reaches_all) : !holds(Rule::local_reaches_own_only);
  return who.device ? broadcast && who.btm : broadcast || who.issuer;
}

bool OrderingRules::removes(const Invalidation& what, bool table_entry, bool of_page) const {
  if (table_entry && what.leaf_only && holds(Rule::leaf_only_keeps_tables)) return false;
  return of_page || what.all_pages || !holds(Rule::by_va_page_only);
}

bool OrderingRules::dsb_completes(const Invalidation& what, const Recipient& who, AccessOrder order,
                                  bool own_only) const {
  // Whether it waits is another rule: see completion_waits().
  OrderingRules waiting = *this;
  waiting.dropped.reset(static_cast<std::size_t>(Rule::dsb_completes_tlbi));
  return what.by == EventClass::tlbi && waiting.dsb_waits_for(order, EventClass::tlbi) &&
         (!own_only || who.issuer);
}

bool OrderingRules::sync_completes(const Invalidation& what) {
  return what.by == EventClass::command;
}

bool OrderingRules::completion_waits(const Invalidation& what) const {
  return holds(what.by == EventClass::command ? Rule::command_sync_completes
                                              : Rule::dsb_completes_tlbi);
}

bool OrderingRules::completion_waits_for_accesses(const Invalidation& what,
                                                  const Recipient& who) const {
  return holds(Rule::tlbi_waits_for_accesses) && !who.issuer && (what.atc || !who.ats);
}

bool OrderingRules::coherent_by_address(const Recipient& who) const {
  return holds(Rule::va_coherence) && !who.device;
}

BarrierEffect effect_of(BarrierKind kind) {
  const OrderingRules rules;
  const auto dsb = [&](AccessOrder order) {
    return BarrierEffect{rules.dsb_waits_for(order, EventClass::write),
                         rules.dsb_waits_for(order, EventClass::tlbi), false};
  };
  const auto dmb = [&](AccessOrder order) {
    return BarrierEffect{false, false,
                         rules.dmb_waits_for(order, EventClass::write) &&
                             rules.waits_for_dmb(EventClass::command, order)};
  };
  switch (kind) {
    case BarrierKind::dsb_ishst: return dsb(AccessOrder::stores);
    case BarrierKind::dsb_ish:
    case BarrierKind::context_switch: return dsb(AccessOrder::full);  // there is a DSB in it
    case BarrierKind::smp_mb: return dmb(AccessOrder::full);
    case BarrierKind::dma_wmb: return dmb(AccessOrder::stores);
    case BarrierKind::mfence: return {true, false, false};  // TSO: the store buffer is empty
    case BarrierKind::eieio: return {false, false, false, 1};
    case BarrierKind::tlbsync: return {false, false, false, 2};
    case BarrierKind::ptesync: return {true, true, false, 3};
    case BarrierKind::dsb_nshst:
    case BarrierKind::dsb_nsh:  // to the own CPU only
    case BarrierKind::isb: break;
  }
  return {false, false, false};
}

bool has_barrier(Architecture architecture, BarrierKind kind) {
  switch (kind) {
    case BarrierKind::dsb_ishst:
    case BarrierKind::dsb_ish:
    case BarrierKind::dsb_nshst:
    case BarrierKind::dsb_nsh:
    case BarrierKind::isb:
    case BarrierKind::context_switch: return architecture == Architecture::arm64;
    case BarrierKind::mfence: return architecture == Architecture::x86;
    case BarrierKind::ptesync:
    case BarrierKind::eieio:
    case BarrierKind::tlbsync: return architecture == Architecture::powerpc;
    case BarrierKind::smp_mb:
    case BarrierKind::dma_wmb: return true;
  }
  return false;
}

bool waits_for_stores(const Action& action, Architecture architecture) {
  if (const auto* barrier = std::get_if<BarrierAction>(&action))
    return effect_of(barrier->kind).waits_for_stores;
  if (architecture != Architecture::x86) return false;
  const auto* smmu = std::get_if<SmmuAction>(&action);
  if (smmu) return smmu->op == SmmuOp::tlbi || smmu->op == SmmuOp::atc_inv;
  const auto* ipi = std::get_if<IpiAction>(&action);
  return ipi && ipi->send;
}

namespace {

bool hits(bool leaf_only, const std::optional<EntryLevel>& hint, EntryLevel entry, Level level) {
  const bool keeps = leaf_only && OrderingRules().holds(Rule::leaf_only_keeps_tables);
  return !(level == Level::table && keeps) && (!hint || *hint == entry);
}

}  // namespace

bool hits(const TlbiAction& tlbi, Level level) {
  return tlbi.broadcast && hits(tlbi.leaf_only, tlbi.hint, tlbi.entry, level);
}

bool hits(const SmmuAction& tlbi, Level level) {
  return hits(tlbi.leaf_only, tlbi.hint, tlbi.entry, level);
}

bool hits(const IpiAction& ipi, Level level) { return hits(ipi.leaf_only, {}, {}, level); }

FaultKind fault_of(const DescriptorBits& bits, const WalkerKind& walker, bool write) {
  const bool sets_access_flag = walker.sets_access_flag || walker.sets_dirty;
  if (!bits.valid) return FaultKind::translation;
  if (!bits.access_flag && !sets_access_flag) return FaultKind::access_flag;
  if (walker.unprivileged && !bits.user) return FaultKind::permission;
  const bool may_write = bits.dirty || (walker.sets_dirty && bits.dirty_modifier);
  return write && !may_write ? FaultKind::permission : FaultKind::none;
}

bool needs_update(const DescriptorBits& bits, const WalkerKind& walker, bool write) {
  if (fault_of(bits, walker, write) != FaultKind::none) return false;
  if (!bits.access_flag) return true;
  return write && walker.sets_dirty && !bits.dirty;
}

bool cacheable(const DescriptorBits& bits, const WalkerKind& walker, bool write,
               const OrderingRules& rules) {
  if (!rules.holds(Rule::stale_entries)) return false;
  switch (fault_of(bits, walker, write)) {
    case FaultKind::translation:
    case FaultKind::access_flag: return !rules.holds(Rule::invalid_not_cached);
    case FaultKind::permission: return rules.holds(Rule::permission_fault_cached);
    case FaultKind::none: return true;  // an update makes sure that it is current (rule 10)
  }
  return false;
}

}  // namespace tlbmc
