/// A commented config file with every setting at its default, as `scumble init` writes it.
///
/// ```
/// let config = scumble_nn::load_config(Some(("template", scumble_nn::config_template())), &[])?;
/// assert_eq!(config, scumble_nn::Config::default());
/// # Ok::<(), scumble_nn::ConfigError>(())
/// ```
pub fn template() -> &'static str {
    include_str!("template.toml")
}
