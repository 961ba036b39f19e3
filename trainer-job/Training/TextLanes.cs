using Pipeline.TrainerJob.Training.Engine;

namespace Pipeline.TrainerJob.Training;

/// <summary>
/// Documents one after another in lanes, each row of a batch reading one lane: so a model that carries its state over sees each text from its
/// beginning to its end, block by block.
/// </summary>
internal sealed class TextLanes : ITrainingText
{
    private readonly IReadOnlyList<Token[]> _lanes;
    private readonly int _blocksOfLane;
    private readonly int _padding;

    private TextLanes(IReadOnlyList<Token[]> lanes, int length, int padding)
    {
        _lanes = lanes;
        _padding = padding;
        _blocksOfLane = (lanes.Max(lane => lane.Length) + length - 1) / length;
        Length = length;
        Labels = lanes.Sum(lane => (long)lane.Length);
    }

    /// <inheritdoc />
    public int Length { get; }

    /// <inheritdoc />
    public int Count => _lanes.Count * _blocksOfLane;

    /// <inheritdoc />
    public long Labels { get; }

    /// <summary>Lanes of equal length for training, in which a document may begin in one lane and end, with an empty state, in the next.</summary>
    /// <param name="documents">Token ids, each with the end of text before and after.</param>
    /// <param name="rows">Lanes at most.</param>
    /// <param name="length">Tokens of a block.</param>
    /// <param name="padding">The id that fills a lane's tail.</param>
    /// <param name="seed">Shuffles the documents.</param>
    public static TextLanes Even(IReadOnlyList<int[]> documents, int rows, int length, int padding, ulong seed)
    {
        var order = new BatchOrder(documents.Count, seed);
        Token[] tokens = [.. Enumerable.Range(0, documents.Count).SelectMany(row => Tokens(documents[order.BlockAt(row)]))];
        var lanes = Math.Clamp(tokens.Length / length, 1, rows);
        var size = Math.Max(1, (tokens.Length + lanes - 1) / lanes);
        return new TextLanes([.. Enumerable.Range(0, lanes).Select(lane => Cut(tokens, lane * size, size))], length, padding);
    }

    /// <summary>Lanes of whole documents for judging, the next longest always in the shortest lane.</summary>
    public static TextLanes Whole(IReadOnlyList<int[]> documents, int rows, int length, int padding)
    {
        List<Token>[] lanes = [.. Enumerable.Range(0, Math.Clamp(documents.Count, 1, rows)).Select(_ => new List<Token>())];
        foreach (var document in documents.OrderByDescending(document => document.Length))
        {
            lanes.MinBy(lane => lane.Count)!.AddRange(Tokens(document));
        }

        return new TextLanes([.. lanes.Select(lane => lane.ToArray())], length, padding);
    }

    /// <inheritdoc />
    public int Rows(int wanted) => _lanes.Count;

    /// <inheritdoc />
    public Func<long, int> Order(ulong seed) => row => BlockAt((int)(row % Count));

    /// <inheritdoc />
    public int BlockAt(int row) => (row % _lanes.Count * _blocksOfLane) + (row / _lanes.Count);

    /// <inheritdoc />
    public void Fill(TrainingBatch batch, int row, int block)
    {
        var (lane, start) = (_lanes[block / _blocksOfLane], block % _blocksOfLane * Length);
        for (var i = 0; i < Length; i++)
        {
            var token = start + i < lane.Length ? lane[start + i] : new Token(_padding, TrainingBatch.Ignored, start + i - lane.Length);
            var at = (row * Length) + i;
            (batch.InputIds[at], batch.Labels[at], batch.PositionIds[at], batch.Segments[at]) = (token.Id, token.Label, token.Position, 0);
        }
    }

    /// <inheritdoc />
    public void FillEmpty(TrainingBatch batch, int row)
    {
        for (var i = 0; i < Length; i++)
        {
            var at = (row * Length) + i;
            (batch.InputIds[at], batch.Labels[at], batch.PositionIds[at], batch.Segments[at]) = (_padding, TrainingBatch.Ignored, i, 0);
        }
    }

    private static IEnumerable<Token> Tokens(int[] document) =>
        Enumerable.Range(0, Math.Max(0, document.Length - 1)).Select(i => new Token(document[i], document[i + 1], i));

    // What a lane begins with in the middle of a document has no state to go on from.
    private static Token[] Cut(Token[] tokens, int start, int size)
    {
        var lane = tokens[Math.Min(start, tokens.Length)..Math.Min(start + size, tokens.Length)];
        if (lane.Length > 0)
        {
            lane[0] = lane[0] with { Position = 0 };
        }

        return lane;
    }

    private readonly record struct Token(int Id, long Label, int Position);
}
