using System.CommandLine;

namespace Pipeline.TrainerJob.Commands;

/// <summary>The settings of a run as options of a command line, with the settings file and the environment behind them.</summary>
internal sealed class SettingOptions
{
    private readonly Option<string?> _file = new("--settings") { Description = "JSON file with any of these settings; names in camel case." };
    private readonly Dictionary<string, Option<string?>> _options = TrainSetting.All.ToDictionary(setting => setting.Key, setting => new Option<string?>(setting.Option)
    {
        Description = $"{setting.Description} [{setting.Variable}]",
        Arity = setting.IsFlag ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    });

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in _options.Values)
        {
            command.Add(option);
        }

        command.Add(_file);
    }

    /// <summary>The settings of a parsed command line.</summary>
    /// <exception cref="InputException">A setting is bad; the message names it and where it comes from.</exception>
    public TrainSettings Read(ParseResult parsed, JobHost host)
    {
        var given = _options
            .Where(option => parsed.GetResult(option.Value) is { Implicit: false })
            .ToDictionary(option => option.Key, option => parsed.GetValue(option.Value) ?? bool.TrueString);
        return SettingsReader.Read(parsed.GetValue(_file), host.Environment, given);
    }
}
