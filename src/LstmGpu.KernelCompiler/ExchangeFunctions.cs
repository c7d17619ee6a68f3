namespace LstmGpu.KernelCompiler;

/// <summary>Values passed between the threads of a group through its memory: one barrier before they are read, one before they are overwritten.</summary>
internal static class ExchangeFunctions
{
    public const string Buffer = "lgk_exchange";

    public const string GroupBroadcast = "lgk_group_broadcast";

    public static string Parameter(Dialect dialect) => $"{dialect.Qualifier(AddressSpace.Local)}uint* {Buffer}";

    /// <summary>A word per thread, whole warps; a broadcast alone needs one.</summary>
    public static int Length((int X, int Y, int Z) group, Dialect dialect) => dialect.HasWarps ? 1 : ((group.X * group.Y * group.Z) + 31) / 32 * 32;

    /// <summary>lgk_group_broadcast, and for a dialect without warps lgk_shuffle, lgk_shuffle_down, lgk_shuffle_up and lgk_shuffle_xor.</summary>
    public static string Text(string name, Dialect dialect, (int X, int Y, int Z) group)
    {
        (string write, string read) = name switch
        {
            GroupBroadcast => ($"if (own == from)\n    {{\n        {Buffer}[0] = value;\n    }}", "0"),
            "lgk_shuffle_down" => ($"{Buffer}[own] = value;", "(own & 31) + from < 32 ? own + from : own"),
            "lgk_shuffle_up" => ($"{Buffer}[own] = value;", "(own & 31) - from >= 0 ? own - from : own"),
            "lgk_shuffle_xor" => ($"{Buffer}[own] = value;", "own ^ (from & 31)"),
            _ => ($"{Buffer}[own] = value;", "(own & ~31) + (from & 31)"),
        };
        return $$"""
            uint {{name}}({{Parameter(dialect)}}, uint value, int from)
            {
                int own = {{dialect.LinearIndex(group)}};
                {{write}}
                {{dialect.Barrier}};
                uint received = {{Buffer}}[{{read}}];
                {{dialect.Barrier}};
                return received;
            }

            """;
    }
}
