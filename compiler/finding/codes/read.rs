//! `R0`: reading exports of any domain.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// The content of the file is no export that rehome knows.
    ///
    /// # What it means
    /// The file is no part of the policy. If it holds rules, they are missing on the target.
    ///
    /// # What to do
    /// remove the file from the input if it is no export; otherwise export it with one of the commands in the quick start
    ///
    /// # Example
    /// ```json
    /// {"hello": "world"}
    /// ```
    UNKNOWN_EXPORT = "R0001", "unknown-export", "a file is no known export", Effect::SHIFTS;

    /// # What happened
    /// An object of the export has a key that rehome does not know.
    ///
    /// # What it means
    /// The key can change what the object means. A rule that carries one is never emitted as an allow.
    ///
    /// # What to do
    /// check in the product's API reference what the key does, and report it so that a later release reads it
    ///
    /// # Example
    /// ```json
    /// {"resource_type": "Rule", "id": "r1", "action": "ALLOW", "only_on_sundays": true}
    /// ```
    UNKNOWN_KEY = "R0002", "unknown-key", "an object has a key that is not known", Effect::SHIFTS;

    /// # What happened
    /// A value is not one that the product's API defines for this key.
    ///
    /// # What it means
    /// The object that holds it is not translated; what it would have allowed is not allowed, what it
    /// would have denied is reported as an error.
    ///
    /// # What to do
    /// correct the value in the product and export again
    ///
    /// # Example
    /// ```json
    /// {"resource_type": "Rule", "id": "r1", "action": "PERMIT"}
    /// ```
    BAD_VALUE = "R0003", "bad-value", "a value is not one the product defines", Effect::SHIFTS;

    /// # What happened
    /// An object lacks a key it must have, or a value has the wrong shape.
    ///
    /// # What it means
    /// The object is not part of the policy.
    ///
    /// # What to do
    /// export the object again
    ///
    /// # Example
    /// ```json
    /// {"resource_type": "Rule", "display_name": "no id and no action"}
    /// ```
    BAD_SHAPE = "R0004", "bad-shape", "an object lacks a key or has the wrong shape", Effect::SHIFTS;

    /// # What happened
    /// Two objects of the exports have the same id and do not say the same.
    ///
    /// # What it means
    /// rehome cannot know which one is in force. The first is used, in the order of file names.
    ///
    /// # What to do
    /// remove the older export from the input
    ///
    /// # Example
    /// Two files that both hold the group `/infra/domains/default/groups/web`, with different members.
    DUPLICATE_OBJECT = "R0005", "duplicate-object", "two objects have the same id and differ", Effect::SHIFTS;

    /// # What happened
    /// The file is a known export in a form that leaves out what a translation needs, or that can be
    /// read in two ways.
    ///
    /// # What it means
    /// rehome does not guess. The file is no part of the policy.
    ///
    /// # What to do
    /// run the command that the message names, and give rehome its output
    ///
    /// # Example
    /// `govc object.collect -json CLUSTER configurationEx` prints keep-together and keep-apart rules alike.
    REFUSED_FORM = "R0006", "refused-form", "an export is in a form that cannot be read safely", Effect::SHIFTS;

    /// # What happened
    /// An object of a kind that rehome does not translate stands in the export.
    ///
    /// # What it means
    /// It is no part of the translated policy. It is listed so that somebody decides about it.
    ///
    /// # What to do
    /// decide where this function lives on the new platform
    ///
    /// # Example
    /// ```json
    /// {"resource_type": "GatewayPolicy", "id": "edge", "category": "LocalGatewayRules"}
    /// ```
    NOT_TRANSLATED = "R0007", "not-translated", "an object is of a kind that is not translated", Effect::SHIFTS;

    /// # What happened
    /// The export is incomplete: a part that belongs to it is missing.
    ///
    /// # What it means
    /// What is missing is missing on the target.
    ///
    /// # What to do
    /// run the call that the message names and add its answer to the input
    ///
    /// # Example
    /// A list page with `cursor` but without the page that follows.
    INCOMPLETE_EXPORT = "R0008", "incomplete-export", "a part of an export is missing", Effect::SHIFTS;

    /// # What happened
    /// No input file holds a rule, a recovery plan or an inventory object.
    ///
    /// # What it means
    /// There is nothing to compile.
    ///
    /// # What to do
    /// give rehome the folder that holds the exports
    ///
    /// # Example
    /// `rehome compile empty-folder`
    NOTHING_TO_READ = "R0009", "nothing-to-read", "the input holds no export", Effect::SHIFTS;
}
