using Pipeline.Generation;
using Pipeline.Testing;
using Pipeline.TrainerJob.Graphs;
using Pipeline.TrainerJob.Models;
using Pipeline.TrainerJob.Safetensors;
using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Tests.Training.Engine;

/// <summary>One folder of reference values for GPT-2, computed in float64 by another program.</summary>
internal sealed class Reference : IDisposable
{
    public const int Rows = 4;
    public const int Length = 32;
    public const int Steps = 20;

    private readonly SafetensorsFile _values;

    public Reference(string name, GraphOperators operators = GraphOperators.Kernels, bool checkpointing = false)
        : this(name, new TrainingEngineOptions { Operators = operators, GradientCheckpointing = checkpointing })
    {
    }

    public Reference(string name, TrainingEngineOptions options)
    {
        Folder = ProjectFolders.Shared("reference", name);
        (Shape, Parameters) = Gpt2Folder.Load(Folder);
        _values = SafetensorsFile.Open(Path.Combine(Folder, "reference.safetensors"));
        Engine = new TrainingEngine(Shape, Parameters, options);
    }

    public string Folder { get; }

    public ModelShape Shape { get; }

    public ParameterSet Parameters { get; }

    public TrainingEngine Engine { get; }

    public float[] Numbers(string name) => _values.ReadNumbers(name);

    public long[] Indices(string name) => _values.ReadIndices(name);

    public SafetensorsFile Open(string file) => SafetensorsFile.Open(Path.Combine(Folder, file));

    /// <summary>The batch of one training step; the reference's labels stand at their tokens, the engine's one before.</summary>
    public TrainingBatch Batch(int step)
    {
        var batch = new TrainingBatch(Rows, Length);
        var tokens = Indices("batches").AsSpan(step * Rows * Length, Rows * Length);
        var labels = Indices("labels").AsSpan(step * Rows * Length, Rows * Length);
        tokens.CopyTo(batch.InputIds);
        for (var i = 0; i < tokens.Length; i++)
        {
            batch.PositionIds[i] = i % Length;
            batch.Labels[i] = i % Length == Length - 1 ? TrainingBatch.Ignored : labels[i + 1];
        }

        return batch;
    }

    public void Dispose()
    {
        Engine.Dispose();
        Parameters.Dispose();
        _values.Dispose();
    }
}
