#!/usr/bin/env bash
# A suite as a Slurm job array on a one-node cluster that this script sets up: merged, the results
# are those of a single run. Needs root, and Debian's slurm-wlm.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PATH=$PATH:/usr/sbin
for program in slurmctld slurmd sbatch munged runuser; do
  command -v "$program" > /dev/null || skip "$program is not installed (apt-get install slurm-wlm)"
done
[[ $(id -u) == 0 ]] || skip "a Slurm cluster is started by root"

pids=()
end() {
  [[ ${#pids[@]} == 0 ]] || kill "${pids[@]}" 2> /dev/null || true
  wait 2> /dev/null || true
  rm -rf "$scratch"
}
trap end EXIT

# munge, which Slurm trusts, with a key and a socket of its own.
chmod 755 "$scratch"
mkdir "$scratch"/{munge,state,spool,out}
head -c 1024 /dev/urandom > "$scratch/munge/key"
chmod 400 "$scratch/munge/key"
chown -R munge: "$scratch/munge"
chmod 711 "$scratch/munge"
# The socket has to be reachable by others.
runuser -u munge -- munged --foreground --force --key-file "$scratch/munge/key" \
  --socket "$scratch/munge/socket" --pid-file "$scratch/munge/pid" --log-file "$scratch/munge/log" \
  --seed-file "$scratch/munge/seed" > "$scratch/munge.log" 2>&1 &
pids+=($!)

host=$(hostname -s)
export SLURM_CONF=$scratch/slurm.conf
cat > "$SLURM_CONF" << CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$scratch/munge/socket
CryptoType=crypto/munge
StateSaveLocation=$scratch/state
SlurmdSpoolDir=$scratch/spool
SlurmctldPidFile=$scratch/slurmctld.pid
SlurmdPidFile=$scratch/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld -D > "$scratch/slurmctld.log" 2>&1 &
pids+=($!)
slurmd -D -N "$host" > "$scratch/slurmd.log" 2>&1 &
pids+=($!)
for ((i = 0; ; ++i)); do
  [[ $(sinfo --noheader --format=%T 2> /dev/null) == idle ]] && break
  ((i < 60)) || fail "no node after 60 s: $(tail -n 5 "$scratch"/*.log)"
  sleep 1
done

suite=$source_tree/tests/suites/small.json
"$tlbmc" suite "$suite" --format json -o "$scratch/whole.json"
"$tlbmc" suite "$suite" --emit slurm --shards 4 --into "$scratch/out" -o "$scratch/job.sh"
sbatch --wait "$scratch/job.sh" > "$scratch/sbatch.log" 2>&1 ||
  fail "sbatch: $(cat "$scratch/sbatch.log" "$scratch"/out/*.log)"
"$tlbmc" suite "$suite" --merge "$scratch"/out/shard-*.json --format json -o "$scratch/merged.json"
cmp "$scratch/whole.json" "$scratch/merged.json" || fail "merged differs from the single run"
sorted "$scratch"/out/shard-*.json | cmp - <(sorted "$scratch/whole.json") || fail "sorted"
echo "4 shards by Slurm: as one run"
