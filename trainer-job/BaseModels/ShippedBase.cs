namespace Pipeline.TrainerJob.BaseModels;

/// <summary>The small English GPT-2 that comes with this program, for those who have no base model of their own.</summary>
internal static class ShippedBase
{
    /// <summary>What the setting <c>base</c> calls it.</summary>
    public const string Setting = "shipped";

    /// <summary>What the setting <c>base</c> calls having none.</summary>
    public const string None = "none";

    /// <summary>What manifests and messages call it.</summary>
    public const string Name = "pipeline-base";

    /// <summary>Where its files lie: beside the program.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "base");

    /// <summary>The folder, if its files are there.</summary>
    /// <exception cref="InputException">They are not.</exception>
    public static string Demand() => File.Exists(Path.Combine(Folder, Models.Gpt2Folder.ConfigName))
        ? Folder
        : throw new InputException($"The base model that comes with this program is not in {Folder}: build or publish it again, name another with --base, or train with --from-scratch.");
}
