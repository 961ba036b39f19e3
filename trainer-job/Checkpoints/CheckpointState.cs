using System.Text.Json.Serialization;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Checkpoints;

/// <summary>All of a run's state that is not a tensor. With the tensors beside it, the next step is the one that an unbroken run would take.</summary>
internal sealed record CheckpointState
{
    /// <summary>The version of this form; another one is not resumed from.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The form's version.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Steps taken or skipped.</summary>
    public required int Step { get; init; }

    /// <summary>Updates made, the exponent of Adam's bias correction: steps less the skipped ones.</summary>
    public required int Updates { get; init; }

    /// <summary>Data position: rows read since the first epoch began.</summary>
    public required long Row { get; init; }

    /// <summary>The seed, which with <see cref="Row"/> is the whole state of chance: every epoch's order is drawn from seed and epoch.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The smoothed training loss.</summary>
    public required SmoothedLoss Smoothed { get; init; }

    /// <summary>What the guard has learned about the losses.</summary>
    public required StepGuard Guard { get; init; }

    /// <summary>The best evaluation so far.</summary>
    public required EarlyStopping Best { get; init; }

    /// <summary>The longest copied run of the newest samples, in tokens.</summary>
    public int Copied { get; init; }

    /// <summary>Tokens trained on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds of training, in all processes that worked on the run.</summary>
    public required double Seconds { get; init; }

    /// <summary>SHA-256 of the files beside this one.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Before the first step.</summary>
    public static CheckpointState Start(ulong seed) => new()
    {
        Step = 0,
        Updates = 0,
        Row = 0,
        Seed = seed,
        Smoothed = default,
        Guard = default,
        Best = EarlyStopping.None,
        Tokens = 0,
        Seconds = 0,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
