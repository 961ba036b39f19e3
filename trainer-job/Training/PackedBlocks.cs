using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Documents laid into blocks of one length. A document longer than a block is cut into pieces without overlap; pieces are packed
/// so that little padding remains. Every token but a document's first is predicted exactly once.
/// </summary>
internal sealed class PackedBlocks : ITrainingText
{
    private const int ShortestBlock = 16;

    private readonly IReadOnlyList<int[]> _documents;
    private readonly List<List<DocumentPiece>> _blocks;
    private readonly int _padding;

    private PackedBlocks(IReadOnlyList<int[]> documents, List<List<DocumentPiece>> blocks, int length, int padding)
    {
        _documents = documents;
        _blocks = blocks;
        _padding = padding;
        Length = length;
        Labels = blocks.Sum(block => block.Sum(piece => (long)piece.Length));
    }

    /// <inheritdoc />
    public int Length { get; }

    /// <inheritdoc />
    public int Count => _blocks.Count;

    /// <inheritdoc />
    public long Labels { get; }

    /// <summary>Packs documents.</summary>
    /// <param name="documents">Token ids, each with the end of text before and after.</param>
    /// <param name="context">The model's context: the longest block. Where every piece is shorter, the next power of two that holds the longest is used.</param>
    /// <param name="padding">The id that fills a block's tail.</param>
    public static PackedBlocks Pack(IReadOnlyList<int[]> documents, int context, int padding)
    {
        List<DocumentPiece> pieces = [];
        for (var document = 0; document < documents.Count; document++)
        {
            for (var start = 0; start < documents[document].Length - 1; start += context)
            {
                pieces.Add(new DocumentPiece(document, start, Math.Min(context, documents[document].Length - 1 - start)));
            }
        }

        var length = BlockLength(pieces, context);
        return new PackedBlocks(documents, Fit(pieces, length), length, padding);
    }

    /// <inheritdoc />
    public int Rows(int wanted) => Math.Min(wanted, Count);

    /// <inheritdoc />
    public Func<long, int> Order(ulong seed) => new BatchOrder(Count, seed).BlockAt;

    /// <inheritdoc />
    public int BlockAt(int row) => row;

    /// <inheritdoc />
    public void Fill(TrainingBatch batch, int row, int block)
    {
        var at = row * Length;
        var segment = 0;
        foreach (var piece in _blocks[block])
        {
            var ids = _documents[piece.Document];
            for (var i = 0; i < piece.Length; i++, at++)
            {
                batch.InputIds[at] = ids[piece.Start + i];
                batch.Labels[at] = ids[piece.Start + i + 1];
                batch.PositionIds[at] = i;
                batch.Segments[at] = segment;
            }

            segment++;
        }

        Pad(batch, at, (row + 1) * Length, segment);
    }

    /// <inheritdoc />
    public void FillEmpty(TrainingBatch batch, int row) => Pad(batch, row * Length, (row + 1) * Length, segment: 0);

    private void Pad(TrainingBatch batch, int from, int to, int segment)
    {
        for (var at = from; at < to; at++)
        {
            batch.InputIds[at] = _padding;
            batch.Labels[at] = TrainingBatch.Ignored;
            batch.PositionIds[at] = at - from;
            batch.Segments[at] = segment;
        }
    }

    private static int BlockLength(List<DocumentPiece> pieces, int context)
    {
        // Short posts are packed into whole contexts if they fill one; a corpus below that is not worth a full block's work.
        var total = pieces.Sum(piece => (long)piece.Length);
        var length = ShortestBlock;
        while (length < Math.Min(total, context))
        {
            length *= 2;
        }

        return Math.Min(length, context);
    }

    /// <summary>Best fit of pieces by falling length: each goes where it leaves the least room.</summary>
    private static List<List<DocumentPiece>> Fit(List<DocumentPiece> pieces, int length)
    {
        List<List<DocumentPiece>> blocks = [];
        var byRoom = new Stack<int>[length + 1];
        foreach (var piece in pieces.OrderByDescending(piece => piece.Length))
        {
            var room = piece.Length;
            while (room <= length && byRoom[room] is null or { Count: 0 })
            {
                room++;
            }

            int block;
            if (room <= length)
            {
                block = byRoom[room].Pop();
            }
            else
            {
                block = blocks.Count;
                room = length;
                blocks.Add([]);
            }

            blocks[block].Add(piece);
            (byRoom[room - piece.Length] ??= new Stack<int>()).Push(block);
        }

        return blocks;
    }
}
