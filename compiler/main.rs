//! The `rehome` command.

fn main() -> std::process::ExitCode {
    rehome::cli::main()
}
