using System.Text.RegularExpressions;
using Pipeline.Generation;
using Pipeline.TrainerJob.Safetensors;

namespace Pipeline.TrainerJob.Models;

/// <summary>The tensors of one or several files under the names of a saved <c>GPT2LMHeadModel</c>, whatever the files call them.</summary>
internal sealed partial class Gpt2Weights : IDisposable
{
    /// <summary>The output head, which is the token table in a tied model.</summary>
    public const string HeadName = "lm_head.weight";

    private const int CompareElements = 1 << 16;

    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors = new(StringComparer.Ordinal);
    private readonly List<string> _twice = [];

    private Gpt2Weights()
    {
    }

    public static Gpt2Weights Open(IEnumerable<string> paths)
    {
        var weights = new Gpt2Weights();
        try
        {
            foreach (var path in paths)
            {
                var file = SafetensorsFile.Open(path);
                weights._files.Add(file);
                foreach (var entry in file.Tensors.Values.Where(entry => !MaskBuffer().IsMatch(entry.Name)))
                {
                    var name = entry.Name.StartsWith("lm_head.", StringComparison.Ordinal) || entry.Name.StartsWith(Gpt2Parameters.Prefix, StringComparison.Ordinal)
                        ? entry.Name
                        : Gpt2Parameters.Prefix + entry.Name;
                    if (!weights._tensors.TryAdd(name, (file, entry)))
                    {
                        weights._twice.Add(name);
                    }
                }
            }

            // Tools that write a tied tensor once may keep either of its names.
            if (!weights._tensors.ContainsKey(Gpt2Parameters.TokenTable) && weights._tensors.TryGetValue(HeadName, out var head))
            {
                weights._tensors.Add(Gpt2Parameters.TokenTable, head);
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Every tensor that is missing, superfluous, doubled or of another size or type than the shape wants.</summary>
    public IEnumerable<string> Problems(ModelShape shape)
    {
        var expected = Gpt2Parameters.Of(shape).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape.ToInt64());
        foreach (var (name, size) in expected)
        {
            if (!_tensors.TryGetValue(name, out var found))
            {
                yield return $"{name} [{string.Join(',', size)}] is missing";
            }
            else if (!found.Entry.Shape.SequenceEqual(size))
            {
                yield return $"{name} is [{string.Join(',', found.Entry.Shape)}] where the configuration wants [{string.Join(',', size)}]";
            }
            else if (found.Entry.DataType is not ("F32" or "F16" or "BF16"))
            {
                yield return $"{name} is {found.Entry.DataType}, not F32, F16 or BF16";
            }
        }

        foreach (var name in _tensors.Keys.Where(name => !expected.ContainsKey(name) && name != HeadName).Order(StringComparer.Ordinal))
        {
            yield return $"{name} belongs to no GPT-2 of this configuration";
        }

        foreach (var name in _twice)
        {
            yield return $"{name} occurs twice";
        }
    }

    public void Read(string name, Span<float> destination) => _tensors[name].File.ReadNumbers(_tensors[name].Entry.Name, destination);

    /// <summary>Whether the head, if there is one, is the token table; compared piece by piece, since it is the largest tensor of all.</summary>
    public bool HeadEquals(Parameter table)
    {
        if (!_tensors.TryGetValue(HeadName, out var head) || head == _tensors[Gpt2Parameters.TokenTable])
        {
            return true;
        }

        if (!head.Entry.Shape.SequenceEqual(table.Shape))
        {
            return false;
        }

        var piece = new float[Math.Min(CompareElements, table.Values.Length)];
        for (var start = 0; start < table.Values.Length; start += piece.Length)
        {
            var part = piece.AsSpan(0, Math.Min(piece.Length, table.Values.Length - start));
            head.File.ReadNumbers(head.Entry.Name, start, part);
            if (!part.SequenceEqual(table.Values.Slice(start, part.Length)))
            {
                return false;
            }
        }

        return true;
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    /// <summary>Old checkpoints carry the causal mask as if it were a weight.</summary>
    [GeneratedRegex(@"^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$", RegexOptions.CultureInvariant)]
    private static partial Regex MaskBuffer();
}
