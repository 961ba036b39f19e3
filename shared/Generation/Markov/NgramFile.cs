using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Pipeline.Generation.Markov;

/// <summary>
/// A Markov chain's serving file: a mark, the version of this form, order, vocabulary, longest text, numbers of nodes and successors, and then
/// the five tables of <see cref="NgramNodes"/>, all as little-endian 32-bit numbers.
/// </summary>
public static class NgramFile
{
    /// <summary>The file's place in a model folder.</summary>
    public const string Name = "markov/decoder.ngrams";

    private const uint Mark = 0x4D52474E; // "NGRM"
    private const int Format = 1;
    private const int HeaderNumbers = 7;

    /// <summary>Whether a path is one of such a file.</summary>
    public static bool Is(string path) => Path.GetExtension(path) == ".ngrams";

    /// <summary>The file's bytes.</summary>
    /// <param name="model">The chain.</param>
    /// <param name="context">Longest text that is written in one go, in tokens.</param>
    public static byte[] ToBytes(NgramModel model, int context)
    {
        var nodes = model.Nodes;
        int[] header = [unchecked((int)Mark), Format, model.Order, model.Vocabulary, context, nodes.Tokens.Length, nodes.Following.Length];
        int[] all = [.. header, .. nodes.Tokens, .. nodes.FirstChild, .. nodes.FirstSuccessor, .. nodes.Following, .. nodes.Times];
        return MemoryMarshal.AsBytes(all.AsSpan()).ToArray();
    }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="ModelException">It is missing, damaged, or of another version.</exception>
    public static (NgramModel Model, int Context) Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (IOException failure)
        {
            throw new ModelException($"{path} cannot be read: {failure.Message}", failure);
        }

        if (bytes.Length < HeaderNumbers * sizeof(int) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Mark)
        {
            throw Damaged(path, "it does not begin as such files do");
        }

        var numbers = MemoryMarshal.Cast<byte, int>(new ReadOnlySpan<byte>(bytes));
        var (order, vocabulary, context, nodes, successors) = (numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
        if (numbers[1] != Format)
        {
            throw new ModelException($"{path} has format {numbers[1]}, this program reads format {Format}: train the model again.");
        }

        if (order is < 1 or > NgramModel.HighestOrder || vocabulary is < 1 or > 1 << 20 || context < 1 || nodes < 1 || successors < 0
            || bytes.Length != sizeof(int) * (HeaderNumbers + (3L * nodes) + 2 + (2L * successors)))
        {
            throw Damaged(path, "its length is not what its header says");
        }

        var rest = numbers[HeaderNumbers..];
        var tables = new NgramNodes(
            rest[..nodes].ToArray(), Next(ref rest, nodes, nodes + 1), Next(ref rest, nodes + 1, nodes + 1), Next(ref rest, nodes + 1, successors), Next(ref rest, successors, successors));
        return Sound(tables, vocabulary) ? (new NgramModel(order, vocabulary, tables), context) : throw Damaged(path, "its tables contradict each other");
    }

    private static int[] Next(ref ReadOnlySpan<int> rest, int skipped, int count)
    {
        rest = rest[skipped..];
        return rest[..count].ToArray();
    }

    // Every node but the root is the child of one before it, so no walk can go in circles or out of the tables.
    private static bool Sound(NgramNodes nodes, int vocabulary)
    {
        var count = nodes.Tokens.Length;
        var good = nodes.FirstChild[0] == 1 && nodes.FirstChild[^1] == count && nodes.FirstSuccessor[0] == 0 && nodes.FirstSuccessor[^1] == nodes.Following.Length
            && nodes.Following.All(token => (uint)token < (uint)vocabulary) && nodes.Times.All(times => times > 0);
        for (var node = 0; good && node < count; node++)
        {
            var (children, successors) = ((Start: nodes.FirstChild[node], End: nodes.FirstChild[node + 1]), (Start: nodes.FirstSuccessor[node], End: nodes.FirstSuccessor[node + 1]));
            good = children.Start > node && children.End >= children.Start && children.End <= count
                && successors.End >= successors.Start && successors.End <= nodes.Following.Length
                && Rises(nodes.Tokens.AsSpan(children.Start, children.End - children.Start)) && Rises(nodes.Successors(node));
        }

        return good;
    }

    private static bool Rises(ReadOnlySpan<int> values)
    {
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] <= values[i - 1])
            {
                return false;
            }
        }

        return true;
    }

    private static ModelException Damaged(string path, string reason) => new($"{path} is damaged, {reason}: fetch or train the model again.");
}
