using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Tokenization;

namespace Pipeline.Shared.Tests.Tokenization;

public sealed class StreamingDecoderTests
{
    private static readonly BpeTokenizer Gpt2 = BpeTokenizer.Gpt2();

    [Fact]
    public void Any_ids_give_piece_by_piece_what_they_give_at_once() =>
        Prop.ForAll(Gen.Choose(0, Gpt2.VocabularySize - 1).ArrayOf().ToArbitrary(), ids => Stream(ids) == Gpt2.Decode(ids)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_give_piece_by_piece_what_they_give_at_once()
    {
        // The first 256 ids are the single bytes: broken and cut sequences of every kind.
        var leads = Gen.Elements(Enumerable.Range(0, Gpt2.VocabularySize - 1).Where(id => Gpt2.TokenBytes(id) is [>= 0x7F]).ToArray());
        Prop.ForAll(Gen.OneOf(leads, Gen.Choose(0, 255)).ArrayOf().ToArbitrary(), ids => Stream(ids) == Gpt2.Decode(ids))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void No_piece_ends_within_a_character()
    {
        foreach (var (name, text) in HostileTexts.All)
        {
            var decoder = new StreamingDecoder(Gpt2);
            var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            var whole = new StringBuilder();
            foreach (var id in Gpt2.Encode(text))
            {
                var piece = decoder.Append(id);
                whole.Append(piece);
                Assert.True(piece.Length == 0 || (!char.IsHighSurrogate(piece[^1]) && !char.IsLowSurrogate(piece[0])), name);
                Assert.True(expected.AsSpan(whole.Length - piece.Length).StartsWith(piece, StringComparison.Ordinal), name);
            }

            Assert.Equal("", decoder.Flush());
            Assert.Equal(expected, whole.ToString());
        }
    }

    [Fact]
    public void A_character_of_several_ids_waits_for_the_last_one()
    {
        var ids = Gpt2.Encode("👩");
        Assert.True(ids.Count > 1);
        var decoder = new StreamingDecoder(Gpt2);
        Assert.All(ids.SkipLast(1), id => Assert.Equal("", decoder.Append(id)));
        Assert.Equal("👩", decoder.Append(ids[^1]));
    }

    [Fact]
    public void What_never_became_a_character_is_flushed_as_one_replacement_and_the_decoder_starts_anew()
    {
        var decoder = new StreamingDecoder(Gpt2);
        Assert.Equal("", decoder.Append(Gpt2.Encode("👩")[0]));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("", decoder.Flush());
        Assert.Equal("Hello", decoder.Append(15496));
    }

    [Fact]
    public void The_end_of_text_gives_nothing_and_does_not_disturb_a_waiting_character()
    {
        var ids = Gpt2.Encode("中");
        var decoder = new StreamingDecoder(Gpt2);
        var pieces = ids.SelectMany(id => (string[])[decoder.Append(id), decoder.Append(Gpt2.EndOfTextId)]).ToList();
        Assert.Equal("中", string.Concat(pieces));
    }

    private static string Stream(int[] ids)
    {
        var decoder = new StreamingDecoder(Gpt2);
        return string.Concat(ids.Select(decoder.Append)) + decoder.Flush();
    }
}
