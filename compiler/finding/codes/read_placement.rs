//! `R2`: reading cluster exports and inventories.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// An export holds the configuration of a cluster and does not say of which cluster.
    ///
    /// # What it means
    /// The rules are read. They cannot be told from those of another cluster by name, and rehome does
    /// not check that their machines run in the cluster. Their ids begin with `cluster`; where several
    /// such exports are read, with `cluster-` and a mark of their content.
    ///
    /// # What to do
    /// export with `govc object.collect -xml CLUSTER configurationEx`, which carries the cluster
    ///
    /// # Example
    /// The answer of `GET /sdk/vim25/8.0.1.0/ClusterComputeResource/domain-c28/configurationEx`, which
    /// names the cluster in the request and not in the answer.
    CLUSTER_NOT_SAID = "R2001", "cluster-not-said", "a cluster export does not say which cluster it is", Effect::Record;

    /// # What happened
    /// One rule between machines and hosts names both hosts to run on and hosts to keep off.
    ///
    /// # What it means
    /// It is read as two rules, run-on and keep-off, with the same strength. Together they mean the
    /// same: the machines run on the first hosts that are not among the second.
    ///
    /// # What to do
    /// nothing; both rules carry the name of the rule they come from
    ///
    /// # Example
    /// ```xml
    /// <rule xsi:type="ClusterVmHostRuleInfo"><key>9</key><vmGroupName>app</vmGroupName>
    /// <affineHostGroupName>site A</affineHostGroupName><antiAffineHostGroupName>site B</antiAffineHostGroupName></rule>
    /// ```
    TWO_RULES_IN_ONE = "R2002", "two-rules-in-one", "a rule is read as two", Effect::Record;

    /// # What happened
    /// Two exports know different machines by one reference. References are counted by each vCenter
    /// for itself.
    ///
    /// # What it means
    /// A rule that names the reference cannot be told apart. rehome takes it as the machine of the
    /// first export, in the order of file names.
    ///
    /// # What to do
    /// compile the exports of each vCenter on their own
    ///
    /// # Example
    /// `vm-155` is `sql-a` with one instance UUID in one listing and `mail` with another in the next.
    TWO_VCENTERS = "R2003", "two-vcenters", "one reference stands for two machines", Effect::SHIFTS;

    /// # What happened
    /// An override of a machine stands in the export and is not in force, because the cluster does not
    /// allow overrides.
    ///
    /// # What it means
    /// The machine behaves as the cluster says. The override is carried as a note.
    ///
    /// # What to do
    /// nothing, unless overrides were switched off by mistake
    ///
    /// # Example
    /// `enableVmBehaviorOverrides` is false and `drsVmConfig` sets a machine to manual.
    OVERRIDE_NOT_IN_FORCE = "R2004", "override-not-in-force", "an override is not in force", Effect::Record;

    /// # What happened
    /// An export does not say of which cluster it is, and its names occur in the exports of exactly one.
    ///
    /// # What it means
    /// It is read as an export of that cluster.
    ///
    /// # What to do
    /// export with `govc object.collect -xml CLUSTER configurationEx`, which carries the cluster, if it is of another one
    ///
    /// # Example
    /// `govc cluster.rule.ls -l` beside `govc object.collect -json`: both lists hold the rule `db-apart`.
    CLUSTER_INFERRED = "R2005", "cluster-inferred", "the cluster of an export follows from its names", Effect::Record;

    /// # What happened
    /// The form of an export has no word for must or should.
    ///
    /// # What it means
    /// The rules are read as should. If one of them is a must, the target keeps it less strictly.
    ///
    /// # What to do
    /// export in a form that carries the strength
    ///
    /// # Example
    /// A script that writes `prod,db-apart,True,VMAntiAffinity,db-1,db-2`.
    STRENGTH_NOT_SAID = "R2006", "strength-not-said", "an export does not tell must from should", Effect::BROADENS;

    /// # What happened
    /// The form of an export does not say whether its rules are enabled.
    ///
    /// # What it means
    /// The rules are read as enabled. If one of them is disabled, the target keeps a rule that the
    /// source does not.
    ///
    /// # What to do
    /// export in a form that carries the flag
    ///
    /// # Example
    /// `govc cluster.rule.info` prints the members of a rule and not its state.
    STATE_NOT_SAID = "R2007", "state-not-said", "an export does not tell enabled from disabled", Effect::NARROWS;

    /// # What happened
    /// A line of comma-joined names can be taken apart in more than one way, or in none that fits.
    ///
    /// # What it means
    /// The rule or group of the line is not translated.
    ///
    /// # What to do
    /// export in a form that keeps names apart
    ///
    /// # Example
    /// `prod,db-apart,True,VMAntiAffinity,web,01,web,02`: two machines with a comma in their names, or four.
    UNQUOTED_COMMA = "R2008", "unquoted-comma", "a line of names can be read in several ways", Effect::SHIFTS;

    /// # What happened
    /// A compute policy is required when a machine is placed and preferred while it runs. rehome knows
    /// must and should, and nothing between them.
    ///
    /// # What it means
    /// It is read as should. A must would stop failover and evacuation, which the policy gives way to;
    /// as should it does not refuse a start on another host either.
    ///
    /// # What to do
    /// accept it, or compile with `--harden-should` where the machines may stay down when their hosts fail
    ///
    /// # Example
    /// `"strictness": "REQUIRED_DURING_PLACEMENT_PREFERRED_DURING_EXECUTION"`
    REQUIRED_AT_PLACEMENT = "R2009", "required-at-placement", "a policy is required at placement only", Effect::BROADENS;
}
