using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Storage;
using Pipeline.TrainerJob.Training;

namespace Pipeline.TrainerJob.Checkpoints;

/// <summary>
/// The checkpoints of one run: a folder a checkpoint, named by its step. A checkpoint is written under another name, flushed to the
/// disk and then renamed, so that one of the right name is whole; its checksums are verified all the same before it is used.
/// </summary>
/// <param name="folder">The run's folder of checkpoints; made when the first is saved.</param>
internal sealed class CheckpointStore(string folder)
{
    private const string WeightsFile = "weights.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "state.json";
    private const string TemporaryPrefix = ".writing-";
    private const int Kept = 2;

    /// <summary>Saves a checkpoint, then deletes all but the last two and the best.</summary>
    public void Save(CheckpointState state, ITrainingEngine engine)
    {
        Directory.CreateDirectory(folder);
        foreach (var leftover in Directory.EnumerateDirectories(folder, TemporaryPrefix + "*"))
        {
            Directory.Delete(leftover, recursive: true);
        }

        var target = FolderOf(state.Step);
        var writing = Path.Combine(folder, TemporaryPrefix + Name(state.Step));
        Directory.CreateDirectory(writing);
        var files = new Dictionary<string, string>
        {
            [WeightsFile] = TensorFile.Write(Path.Combine(writing, WeightsFile), engine.Weights),
            [OptimizerFile] = TensorFile.Write(Path.Combine(writing, OptimizerFile), engine.OptimizerState),
        };
        using (var stream = new FileStream(Path.Combine(writing, StateFile), FileMode.CreateNew))
        {
            JsonSerializer.Serialize(stream, state with { Files = files }, CheckpointJson.Default.CheckpointState);
            stream.Flush(flushToDisk: true);
        }

        if (Directory.Exists(target))
        {
            // Only a damaged checkpoint is written again; it is of no use to anybody.
            Directory.Delete(target, recursive: true);
        }

        Directory.Move(writing, target);
        DeleteOld(state.Best.BestStep);
    }

    /// <summary>Restores the newest checkpoint that is whole into the engine.</summary>
    /// <param name="engine">Whose weights and optimiser state are overwritten.</param>
    /// <param name="seed">The run's seed; a checkpoint of another one is not used.</param>
    /// <param name="warn">Told, in a sentence, of every checkpoint that cannot be used.</param>
    /// <returns>The state, or null if there is no usable checkpoint.</returns>
    public CheckpointState? Restore(ITrainingEngine engine, ulong seed, Action<string> warn)
    {
        foreach (var step in Steps().OrderDescending())
        {
            try
            {
                var state = ReadState(step);
                if (state.Seed != seed)
                {
                    throw new InvalidDataException($"it belongs to the seed {state.Seed}");
                }

                Verify(step, state);
                var weights = Path.Combine(FolderOf(step), WeightsFile);
                var optimizer = Path.Combine(FolderOf(step), OptimizerFile);

                // Both are checked before either is read: half of a checkpoint must never reach the engine.
                TensorFile.Check(weights, engine.Weights);
                TensorFile.Check(optimizer, engine.OptimizerState);
                TensorFile.Read(weights, engine.Weights);
                TensorFile.Read(optimizer, engine.OptimizerState);
                return BestIsWhole(state, warn) ? state : state with { Best = EarlyStopping.None };
            }
            catch (Exception exception) when (exception is InvalidDataException or JsonException or IOException)
            {
                warn($"The checkpoint {FolderOf(step)} is damaged and is passed over: {exception.Message}");
            }
        }

        return null;
    }

    /// <summary>Loads the weights of one checkpoint into the engine, leaving the optimiser's state.</summary>
    /// <exception cref="InvalidDataException">The checkpoint is damaged.</exception>
    public void LoadWeights(int step, ITrainingEngine engine)
    {
        Verify(step, ReadState(step));
        TensorFile.Read(Path.Combine(FolderOf(step), WeightsFile), engine.Weights);
    }

    /// <summary>Deletes all checkpoints but one: a finished run goes on no more.</summary>
    public void KeepOnly(int step)
    {
        foreach (var other in Steps().Where(other => other != step).ToList())
        {
            Directory.Delete(FolderOf(other), recursive: true);
        }
    }

    /// <summary>The steps of the checkpoints there are, in no order.</summary>
    public IEnumerable<int> Steps() => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder)
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1)
            .Where(step => step >= 0)
        : [];

    private static string Name(int step) => step.ToString(CultureInfo.InvariantCulture);

    private string FolderOf(int step) => Path.Combine(folder, Name(step));

    private CheckpointState ReadState(int step)
    {
        var state = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(FolderOf(step), StateFile)), CheckpointJson.Default.CheckpointState);
        // Gone on without it, its work would be lost: that is the owner's to decide.
        StoredForm.Check(state?.Format ?? 0, CheckpointState.CurrentFormat, $"The checkpoint of step {step}");
        return state is { Format: CheckpointState.CurrentFormat } && state.Step == step
            ? state
            : throw new InvalidDataException($"{StateFile} is not of this step or not of this version");
    }

    private void Verify(int step, CheckpointState state)
    {
        foreach (var file in new[] { WeightsFile, OptimizerFile })
        {
            using var stream = File.OpenRead(Path.Combine(FolderOf(step), file));
            if (!state.Files.TryGetValue(file, out var expected) || Convert.ToHexStringLower(SHA256.HashData(stream)) != expected)
            {
                throw new InvalidDataException($"{file} does not have the checksum that {StateFile} names");
            }
        }
    }

    private bool BestIsWhole(CheckpointState state, Action<string> warn)
    {
        var best = state.Best.BestStep;
        if (best == 0 || best == state.Step)
        {
            return true;
        }

        try
        {
            Verify(best, ReadState(best));
            return true;
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or IOException)
        {
            warn($"The best checkpoint so far, {FolderOf(best)}, is damaged; the best is chosen anew from here on: {exception.Message}");
            return false;
        }
    }

    private void DeleteOld(int best)
    {
        foreach (var step in Steps().OrderDescending().Skip(Kept).Where(step => step != best).ToList())
        {
            Directory.Delete(FolderOf(step), recursive: true);
        }
    }
}
