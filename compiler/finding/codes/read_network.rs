//! `R1`: reading firewall exports.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// No export holds the rule that decides about traffic which no other rule matches.
    ///
    /// # What it means
    /// NSX lets such traffic through or drops it, and the exports do not say which. On the target it
    /// is not allowed.
    ///
    /// # What to do
    /// add the policy `default-layer3-section` to the input: `GET /policy/api/v1/infra/domains/default/security-policies/default-layer3-section`
    ///
    /// # Example
    /// A dump of one policy, without the default section.
    NO_DEFAULT_RULE = "R1001", "no-default-rule", "no export says what happens to unmatched traffic", Effect::SHIFTS;

    /// # What happened
    /// The expression of a group joins its criteria with both AND and OR. The product's documentation
    /// does not say which of them binds first.
    ///
    /// # What it means
    /// Where both readings mean the same members, they are used. Where they differ, the expression is
    /// kept as it stands, and no rule that needs the group is emitted as an allow.
    ///
    /// # What to do
    /// nest one of the two, so that each list holds only AND or only OR
    ///
    /// # Example
    /// ```json
    /// {"expression": [A, {"conjunction_operator": "OR"}, B, {"conjunction_operator": "AND"}, C]}
    /// ```
    MIXED_CONJUNCTIONS = "R1002", "mixed-conjunctions", "a group joins criteria with both AND and OR", Effect::SHIFTS;

    /// # What happened
    /// A rule outside the Environment category jumps to the Application category.
    ///
    /// # What it means
    /// The product defines the jump for Environment rules only, so what this rule does is not known.
    /// It is not translated.
    ///
    /// # What to do
    /// move the rule to the Environment category or give it another action
    ///
    /// # Example
    /// ```json
    /// {"category": "Infrastructure", "rules": [{"id": "r1", "action": "JUMP_TO_APPLICATION"}]}
    /// ```
    ILLEGAL_JUMP = "R1003", "illegal-jump", "a rule jumps where no jump is defined", Effect::SHIFTS;

    /// # What happened
    /// An object of the export is marked for deletion.
    ///
    /// # What it means
    /// The product no longer enforces it. It is no part of the policy.
    ///
    /// # What to do
    /// nothing, unless the mark is wrong
    ///
    /// # Example
    /// ```json
    /// {"resource_type": "ChildGroup", "marked_for_delete": true, "Group": {"id": "old"}}
    /// ```
    MARKED_FOR_DELETE = "R1004", "marked-for-delete", "an object is marked for deletion and left out", Effect::Record;

    /// # What happened
    /// A policy names no category, or one that no distributed firewall policy can have.
    ///
    /// # What it means
    /// The category decides when its rules are read, so their place is not known. They are kept, in
    /// the Application category, and not translated.
    ///
    /// # What to do
    /// export the policy again from the product, which always writes the category
    ///
    /// # Example
    /// ```json
    /// {"resource_type": "SecurityPolicy", "id": "web", "rules": []}
    /// ```
    NO_CATEGORY = "R1005", "no-category", "a policy has no usable category", Effect::SHIFTS;

    /// # What happened
    /// A list of sources, destinations, services or scopes is absent or empty.
    ///
    /// # What it means
    /// The product takes that as any, and so does rehome. The product itself writes `ANY`, so the
    /// export was written or edited by something else.
    ///
    /// # What to do
    /// check that the rule was meant for everything
    ///
    /// # Example
    /// ```json
    /// {"id": "r1", "action": "ALLOW", "source_groups": [], "destination_groups": ["ANY"]}
    /// ```
    EMPTY_LIST = "R1006", "empty-list", "an empty list stands for any", Effect::Record;

    /// # What happened
    /// A network is written with an address inside it instead of its first address.
    ///
    /// # What it means
    /// The product takes the whole network, and so does rehome. Whoever wrote it can have meant the
    /// one address.
    ///
    /// # What to do
    /// write the first address of the network, or the address alone
    ///
    /// # Example
    /// `10.0.0.7/24` is taken as `10.0.0.0/24`.
    HOST_BITS = "R1007", "host-bits", "a network is written with an address inside it", Effect::Record;

    /// # What happened
    /// A policy has a connectivity preference. The product adds an any-to-any rule to its end for it,
    /// and that rule stands in no list.
    ///
    /// # What it means
    /// The rule is part of the policy, with the policy's scope.
    ///
    /// # What to do
    /// nothing: the rule is translated like any other
    ///
    /// # Example
    /// ```json
    /// {"id": "web", "connectivity_preference": "ALLOWLIST", "scope": ["/infra/domains/default/groups/web"]}
    /// ```
    IMPLIED_RULE = "R1008", "implied-rule", "a policy's preference stands for a rule at its end", Effect::Record;

    /// # What happened
    /// Rules stand in the export without the policy they belong to.
    ///
    /// # What it means
    /// Category, place and scope of the policy are not known. The rules are kept and not translated.
    ///
    /// # What to do
    /// add the policy to the input: `GET /policy/api/v1` followed by the path in the message
    ///
    /// # Example
    /// A list page of `/infra/domains/default/security-policies/web/rules` alone.
    RULES_WITHOUT_POLICY = "R1009", "rules-without-policy", "rules stand without their policy", Effect::SHIFTS;

    /// # What happened
    /// Rules of one policy, or policies of one category, have the same sequence number, and what they
    /// do differs. The product's documentation says that their order is then not determined.
    ///
    /// # What it means
    /// The order of the export is used. The product can have evaluated them in another one.
    ///
    /// # What to do
    /// give each its own sequence number in the product and export again
    ///
    /// # Example
    /// Two rules without `sequence_number`, the first an allow and the second a drop: both count as 0.
    TIED_SEQUENCE = "R1010", "tied-sequence", "rules or policies share a sequence number", Effect::SHIFTS;

    /// # What happened
    /// The export lists the present members of a group and not the expression they follow from, or a
    /// member is a cluster or a host, which on the target no group can have as a member.
    ///
    /// # What it means
    /// The group is read as exactly the machines that belong to it now. Machines that join it later
    /// are not in it.
    ///
    /// # What to do
    /// add the group's definition to the input if it has one
    ///
    /// # Example
    /// ```json
    /// {"display_name": "web", "vm_members": [{"id": "web-1"}]}
    /// ```
    FROZEN_MEMBERS = "R1011", "frozen-members", "a group is known by its present members only", Effect::Record;

    /// # What happened
    /// The exports hold the firewall twice: as policies, and as sections of the product's older
    /// interface.
    ///
    /// # What it means
    /// The product shows each policy as a section there, so the sections are left out. A section that
    /// was made in the older interface alone is missing then.
    ///
    /// # What to do
    /// remove the sections from the input if all of them are policies, or else the policies
    ///
    /// # Example
    /// `GET /policy/api/v1/infra?filter=Type-.*` and `GET /api/v1/firewall/sections` in one folder.
    BOTH_INTERFACES = "R1012", "both-interfaces", "the firewall is exported through two interfaces", Effect::SHIFTS;

    /// # What happened
    /// The exports hold a draft of the firewall and no configuration that is in force.
    ///
    /// # What it means
    /// The draft is read as if it were in force. What the product enforces today can be different.
    ///
    /// # What to do
    /// add the answer of `GET /api/4.0/firewall/globalroot-0/config`, unless the draft is what you want to have translated
    ///
    /// # Example
    /// ```xml
    /// <firewallDraft id="3" name="before the move"><config>...</config></firewallDraft>
    /// ```
    DRAFT_ALONE = "R1020", "draft-alone", "a draft is read as the firewall", Effect::SHIFTS;

    /// # What happened
    /// A policy of Service Composer stands in the exports beside the section that the product made of
    /// it.
    ///
    /// # What it means
    /// The section is read, because it holds the rules as they are enforced. The policy adds nothing.
    ///
    /// # What to do
    /// nothing
    ///
    /// # Example
    /// The policy `web` and the section `web :: NSX Service Composer - Firewall`.
    SHOWN_AS_SECTION = "R1021", "shown-as-section", "a policy is read as the section made of it", Effect::Record;

    /// # What happened
    /// The exports hold a policy of Service Composer and no firewall configuration. A setting of the
    /// product says whether all machines filter by the rules of such policies, or only those of the
    /// policy's groups, and no export has it.
    ///
    /// # What it means
    /// Machines of the groups filter by the rules. Whether others do is not known, and what depends on
    /// it is not allowed on the target.
    ///
    /// # What to do
    /// add the answer of `GET /api/4.0/firewall/globalroot-0/config`: it shows the rules as they are enforced
    ///
    /// # Example
    /// `GET /api/2.0/services/policy/securitypolicy/all` alone.
    COMPOSER_SCOPE = "R1022", "composer-scope", "which filters hold the rules of a policy is a setting", Effect::SHIFTS;
}
