using System.CommandLine;

namespace Pipeline.TrainerJob.Commands;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class JobCommand(string name, string description) : Command(name, description)
{
    /// <summary>What a person may type after the program's name.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];
}
