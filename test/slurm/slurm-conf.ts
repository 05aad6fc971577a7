/** The configuration of a Slurm of several nodes on one machine. */
import os from "node:os";

export interface SlurmLayout {
  readonly folder: string;
  /** Port of the controller. */
  readonly controller: number;
  readonly nodes: readonly { readonly name: string; readonly port: number }[];
  readonly cpus: number;
  /** Port of slurmdbd. Absent: Slurm keeps no accounts. */
  readonly accounting?: number;
}

/** `slurm.conf`: see its manual page for what each line means. */
export function slurmConf({ folder, controller, nodes, cpus, accounting }: SlurmLayout): string {
  const host = os.hostname().split(".")[0] ?? "localhost";
  const user = os.userInfo().username;
  return `ClusterName=quantlens
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
CredType=cred/munge
# A job of a lost node waits until its credential has expired before it runs again: seconds, not two minutes.
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
# Not on the network.
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool.%n
SlurmctldPidFile=${folder}/pid/slurmctld.pid
SlurmdPidFile=${folder}/pid/slurmd.%n.pid
# No control groups and no systemd: containers have neither.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_min_interval=0,batch_sched_delay=0,sched_interval=2
# Nodes may have more processors than the machine.
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=2
SlurmctldTimeout=10
SlurmdTimeout=10
# A client asks so long for a controller that is gone.
MessageTimeout=4
CompleteWait=0
# Jobs that are over can be asked for without accounting.
MinJobAge=600
MaxArraySize=1001
${accountingLines(folder, accounting)}
${nodes.map(({ name, port }) => `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port} CPUs=${cpus} RealMemory=1000 State=UNKNOWN`).join("\n")}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** What slurmdbd calls its password is the socket of munge. */
function accountingLines(folder: string, port: number | undefined): string {
  if (port === undefined) return "AccountingStorageType=accounting_storage/none";
  return `AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=${port}
AccountingStoragePass=${folder}/munge.socket`;
}
