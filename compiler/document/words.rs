//! The words of the document and what they mean in the policy: one list for both directions.

use crate::ir::{network, placement, recovery, selector, service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(
        $(#[$about:meta])*
        $name:ident of $module:ident {
            $($(#[$what:meta])* $variant:ident = $word:literal,)+
        }
    )+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
        pub enum $name {
            $($(#[$what])* #[serde(rename = $word)] $variant,)+
        }

        impl From<$module::$name> for $name {
            fn from(meant: $module::$name) -> Self {
                match meant {
                    $($module::$name::$variant => Self::$variant,)+
                }
            }
        }

        impl From<$name> for $module::$name {
            fn from(word: $name) -> Self {
                match word {
                    $($name::$variant => Self::$variant,)+
                }
            }
        }
    )+};
}

words! {
    /// A tier; they are evaluated in this order.
    Tier of network {
        /// Layer-2 rules.
        Ethernet = "ethernet",
        /// Quarantine and emergencies.
        Emergency = "emergency",
        /// Shared infrastructure services.
        Infrastructure = "infrastructure",
        /// Between environments and zones.
        Environment = "environment",
        /// Within and between applications.
        Application = "application",
    }

    /// What a rule does with a flow.
    Action of network {
        /// Lets it through.
        Allow = "allow",
        /// Discards it in silence.
        Drop = "drop",
        /// Discards it and tells the sender.
        Reject = "reject",
        /// Leaves the tier and goes on in the application tier.
        Jump = "jump",
    }

    /// At which filter a rule is read.
    Direction of network {
        /// At the receiver.
        In = "in",
        /// At the sender.
        Out = "out",
        /// At both.
        Both = "both",
    }

    /// Which IP version a rule matches.
    IpVersion of network {
        /// IPv4 only.
        V4 = "ipv4",
        /// IPv6 only.
        V6 = "ipv6",
        /// Both.
        Both = "both",
    }

    /// The kind of object a condition looks at.
    Of of selector {
        /// A virtual machine.
        Vm = "machine",
        /// A network: its attached machines are meant.
        Segment = "network",
        /// A port of a network: the machine behind it is meant.
        SegmentPort = "network-port",
    }

    /// How a property is compared with a value, ignoring case.
    Operator of selector {
        /// Equal.
        Equals = "equals",
        /// Not equal.
        NotEquals = "not-equals",
        /// Contains the value.
        Contains = "contains",
        /// Starts with the value.
        StartsWith = "starts-with",
        /// Ends with the value.
        EndsWith = "ends-with",
        /// Anything at all: a tag scope is asked for, with any value.
        Present = "present",
    }

    /// The transport protocols that have ports.
    Transport of service {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
    }

    /// The version of ICMP.
    IcmpVersion of service {
        /// ICMP for IPv4.
        V4 = "ipv4",
        /// ICMPv6.
        V6 = "ipv6",
    }

    /// How strong a placement rule is.
    Strength of placement {
        /// A preference: the scheduler may break it.
        Should = "should",
        /// A requirement: a placement that breaks it is refused.
        Must = "must",
    }

    /// The order of restarts.
    RestartPriority of placement {
        /// First.
        Highest = "highest",
        /// Second.
        High = "high",
        /// Third, the default.
        Medium = "medium",
        /// Fourth.
        Low = "low",
        /// Last.
        Lowest = "lowest",
        /// Not restarted.
        Disabled = "disabled",
    }

    /// When a machine counts as ready.
    ReadyCondition of placement {
        /// At once.
        None = "none",
        /// When it is powered on.
        PoweredOn = "powered-on",
        /// When the guest sends heartbeats.
        GuestHeartbeat = "guest-heartbeat",
        /// When the application sends heartbeats.
        ApplicationHeartbeat = "application-heartbeat",
        /// As the cluster says.
        ClusterDefault = "cluster-default",
    }

    /// A run of a recovery plan.
    Run of recovery {
        /// A test.
        Test = "test",
        /// A real recovery.
        Recovery = "recovery",
        /// The clean-up after a test.
        Cleanup = "cleanup",
        /// The protection in the other direction.
        Reprotect = "reprotect",
    }

    /// What a callout does.
    CalloutKind of recovery {
        /// Stops until a person goes on.
        Prompt = "prompt",
        /// Runs a command inside the machine.
        InGuest = "in-guest",
        /// Runs a command on the recovery server.
        OnServer = "on-server",
    }
}
